"""In place of PyInstaller's own, which knows this module only under the name of another distribution."""

from PyInstaller.utils.hooks import copy_metadata

datas = copy_metadata("webrtcvad-wheels")
