"Reads settings.ini; every other build setting stands in pyproject.toml."
from configparser import ConfigParser
from setuptools import find_namespace_packages, setup

ini = ConfigParser(delimiters=['='])
ini.read('settings.ini', encoding='utf-8')
cfg = ini['DEFAULT']

def lines(key: str) -> list[str]: return [o.strip() for o in cfg[key].splitlines() if o.strip()]

setup(
    name=cfg['lib_name'],
    description=cfg['description'],
    author=cfg['author'],
    license_expression=cfg['license'],
    keywords=cfg['keywords'],
    classifiers=lines('classifiers'),
    python_requires=f">={cfg['min_python']}",
    install_requires=lines('requirements'),
    extras_require={k.removesuffix('_requirements'): lines(k) for k in cfg if k.endswith('_requirements')},
    entry_points={'console_scripts': lines('console_scripts'), 'nbdev': lines('nbdev_symbols')},
    packages=find_namespace_packages(include=[cfg['lib_name'], f"{cfg['lib_name']}.weights"]),
    package_data={'': ['py.typed', '*.safetensors']},
)
