"""The components that come with Yiwang: one file each, with its templates in the folder of its name."""
