#!/bin/sh
# Starts PalFriend with the dashboard: ./start_web.sh [options of main.py]
folder=$(dirname -- "$0")
for python in python3 python3.14 python3.13 python3.12 python3.11 python; do
    if command -v "$python" >/dev/null 2>&1 && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" "$folder/start.py" "$@"
    fi
done
echo "PalFriend needs Python 3.11 or newer. Install: sudo apt install python3 python3-venv, brew install python@3.12, or python.org" >&2
exit 1
