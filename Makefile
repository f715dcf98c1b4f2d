# One word for each thing that one does here; the work is in scripts/.
.PHONY: demo test check bench docs setup

demo test check bench docs setup:
	@scripts/$@
