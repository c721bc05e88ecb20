"""`python -m featherface_nano COMMAND`: the command line from a checkout, without an installation."""
import sys
from featherface_nano.cli import main

if __name__ == '__main__': sys.exit(main())
