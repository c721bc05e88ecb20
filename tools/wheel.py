"""Is the built package whole? `python tools/wheel.py DIST` looks at the wheel in the folder DIST: name and version, every module, `py.typed` and
the shipped weights byte for byte; then unpacks it elsewhere, imports every module from there, and finds the face on the portrait."""
import configparser, subprocess, sys, tempfile
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent.parent

TRY = '''
import importlib, pkgutil, sys
from pathlib import Path
target = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(target))
import featherface_nano as package
assert target in Path(package.__file__).resolve().parents, f"imported from {package.__file__}"
assert package.__version__ == sys.argv[2], f"__version__ is {package.__version__}, the wheel says {sys.argv[2]}"
loaded = {'fastai', 'matplotlib'} & sys.modules.keys()
assert not loaded, f"import {package.__name__} loads {loaded}"
from featherface_nano import Detector
from featherface_nano.core import portrait
from featherface_nano.toy import PORTRAIT_BOX
faces = Detector()(portrait())
assert len(faces) and abs(faces.boxes[0] - PORTRAIT_BOX).max() < 30, f"the portrait's best face is at {faces.boxes[:1].tolist()}, not at {list(PORTRAIT_BOX)}"
modules = [m.name for m in pkgutil.iter_modules(package.__path__)]
for name in modules: importlib.import_module(f'{package.__name__}.{name}')
print(f"{len(modules)} modules imported from the wheel; the portrait's face has score {faces.scores[0]:.3f}")
'''

def check_contents(wheel: Path, package: str) -> str:
    "Compares the wheel's files with the source tree's and returns the version; AssertionError names what differs"
    source = {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in (ROOT/package).rglob('*') if p.suffix in ('.py', '.safetensors') or p.name == 'py.typed'}
    with ZipFile(wheel) as z:
        held = {n: z.read(n) for n in z.namelist() if n.startswith(f'{package}/')}
        meta = Parser().parsestr(z.read(next(n for n in z.namelist() if n.endswith('.dist-info/METADATA'))).decode())
    assert held == source, f'missing, added or different in the wheel: {sorted(n for n in held.keys() | source.keys() if held.get(n) != source.get(n))}'
    assert any(n.endswith('.safetensors') for n in held), 'the wheel holds no weights'
    assert f'{package}/py.typed' in held, 'the wheel holds no py.typed'
    assert meta['Name'] == package, f"the wheel is named {meta['Name']}, settings.ini says {package}"
    print(f"{wheel.name}: {len(held)} files, {wheel.stat().st_size/2**20:.1f} MiB")
    return meta['Version']

def main() -> None:
    [dist] = sys.argv[1:]
    ini = configparser.ConfigParser(delimiters=['='])
    ini.read(ROOT/'settings.ini', encoding='utf-8')
    [wheel] = Path(dist).glob('*.whl')
    version = check_contents(wheel, ini['DEFAULT']['lib_name'])
    with tempfile.TemporaryDirectory() as target:
        ZipFile(wheel).extractall(target)
        sys.exit(subprocess.run([sys.executable, '-I', '-c', TRY, target, version], cwd=target).returncode)

if __name__ == '__main__': main()
