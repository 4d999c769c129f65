"""Run the command line: `python -m titanic_mlops`."""

from titanic_mlops.cli import main

main(prog_name="titanic-mlops")
