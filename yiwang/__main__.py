"""``python -m yiwang``."""

from yiwang.cli.main import main

main()
