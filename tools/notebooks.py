"""The notebooks that have cells to test, one path a line. With --slow those that have cells marked slow. With --log FILE, the verdict on each
(`ok PATH` or `FAILED PATH`) that nbdev-test wrote into FILE; exit code 2 where FILE holds no verdict."""
import argparse, sys
from pathlib import Path

from nbdev.config import get_config
from nbdev.doclinks import nbglob
from nbdev.test import nb_test_cells

ROOT = Path(__file__).resolve().parent.parent
FAILED = 'nbdev Tests Failed On The Following Notebooks:'

def notebooks(slow: bool=False) -> list[Path]:
    "Notebooks that have at least one cell to run; with `slow`, those where the flag `slow` adds some"
    skip = get_config(ROOT).tst_flags.split()
    def runs(nb, force): return len(nb_test_cells(nb, skip, force))
    found = sorted(nbglob(ROOT/'nbs', as_path=True))
    return [nb for nb in found if (runs(nb, ['slow']) > runs(nb, []) if slow else runs(nb, []))]

def verdicts(log: str) -> list[str]:
    "`ok PATH` or `FAILED PATH` for each notebook, from what nbdev-test printed (it names failing notebooks by file name, and else prints `Success.`)"
    found, (_, fence, tail) = notebooks(), log.rpartition(FAILED)
    failed = {line.strip() for line in tail.splitlines() if line.startswith('\t')} if fence else set()
    if failed - {nb.name for nb in found} or not (failed or 'Success.' in log.splitlines()): sys.exit(2)
    return [f"{'FAILED' if nb.name in failed else 'ok'} {nb.relative_to(ROOT).as_posix()}" for nb in found]

def main() -> None:
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument('--slow', action='store_true', help='only notebooks with cells marked slow')
    args.add_argument('--log', type=Path, help='what nbdev-test printed')
    opts = args.parse_args()
    if opts.log: lines = verdicts(opts.log.read_text(encoding='utf-8', errors='replace'))
    else: lines = [nb.relative_to(ROOT).as_posix() for nb in notebooks(opts.slow)]
    print('\n'.join(lines))

if __name__ == '__main__': main()
