__version__ = "0.1.0"

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from featherface_nano.core import Faces, FeatherFaceError, letterbox, read_image
    from featherface_nano.detect import Detector
    from featherface_nano.model import create_model

# name -> module that defines it; loaded on first use, so that `import featherface_nano` costs nothing
_lazy = dict(Detector='detect', Faces='core', FeatherFaceError='core', create_model='model', letterbox='core', read_image='core')
__all__ = ['Detector', 'Faces', 'FeatherFaceError', 'create_model', 'letterbox', 'read_image']

def __getattr__(name:str):
    if name not in _lazy: raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    value = globals()[name] = getattr(_import_module(f'{__name__}.{_lazy[name]}'), name)
    return value

def __dir__(): return sorted({*globals(), *_lazy})
