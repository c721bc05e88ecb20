"""A processor for nbdev's documentation: `show_doc` looks names up in the exported module, instead of running the notebook's cells.

nbdev runs every cell that holds an import, alone and out of its place, so that a test cell that begins with `import torch` stops the whole site.
The modules equal their notebooks (`.ci/run` tests it), so they know the same names. And exported cells, which nbdev leaves out, stay on the page
folded, because these notebooks are to be read. pyproject.toml names this file; put tools/ on PYTHONPATH: `PYTHONPATH=tools nbdev-docs`."""
import ast, inspect, re
from importlib import import_module
from pathlib import Path
from types import ModuleType

from nbdev.config import get_config
from nbdev.doclinks import NbdevLookup
from nbdev.process import Processor
from nbdev.showdoc import show_doc

SHOW = re.compile(r'^show_doc\(', re.MULTILINE)

def with_types(module: ModuleType) -> dict:
    "The module's names, with those that it imports under TYPE_CHECKING for annotations alone"
    names = vars(module)
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.If) and getattr(node.test, 'id', '') == 'TYPE_CHECKING': exec(compile(ast.Module(node.body, []), module.__name__, 'exec'), names)
    return names

class FromModule(Processor):
    "Fills the outputs of `show_doc` cells, folds exported ones, drops hidden ones (in the place of nbdev's `exec_show_docs` and `rm_export`)"
    def begin(self) -> None:
        module = re.search(r'#\|\s*default_exp\s+(\w+)', Path(self.nb.path_).read_text(encoding='utf-8'))
        self.lookup, self.names = NbdevLookup(), with_types(import_module(f'{get_config().lib_name}.{module[1]}')) if module else {}

    def cell(self, cell) -> None:
        if cell.cell_type != 'code': return
        if cell.directives_.keys() & {'hide', 'default_exp', 'exporti'}: del cell['source']; return
        if 'export' in cell.directives_: cell.source = f'#| code-fold: true\n#| code-summary: "Code"\n{cell.source}'
        if not cell.source or not SHOW.search(cell.source): return
        shown = eval(re.sub(r'^#\|.*\n', '', cell.source, flags=re.MULTILINE), self.names | dict(show_doc=show_doc))
        text = self.lookup.linkify(shown._repr_markdown_()) if shown is not None else ''
        cell.outputs = [dict(output_type='display_data', metadata={}, data={'text/markdown': text, 'text/plain': ''})]
