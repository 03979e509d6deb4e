"""A python3 that is there already, for the tests' many small scripts, each of which costs a hundredth
of a start. lib.sh has a function python3 that asks it.
usage: warm_python.py FOLDER, which has the pipes "turn", "request" and "answer"
Who has read the letter in "turn" writes a request: the folder to be in, the kind and the arguments of
a script, each ended by NUL. When its status is in "answer", "out" and "err" have what it printed."""
import ctypes
import os
import runpy
import sys
import traceback


def run(kind):
    """Returns the status that python3 would have ended with."""
    try:
        if kind == "module":
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        elif kind == "file":
            sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
            runpy.run_path(sys.argv[0], run_name="__main__")
        else:
            exec(compile(kind, "the script", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else end.code is not None
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


folder = os.path.abspath(sys.argv[1])
ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG: it goes with the test
turn = os.open(folder + "/turn", os.O_RDWR)
os.write(turn, b".")
while True:
    with open(folder + "/request", "rb") as request:
        place, kind, *sys.argv = os.fsdecode(request.read()).split("\0")[:-1]
    os.chdir(place)
    for number, name in ((1, "out"), (2, "err")):
        end = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(end, number)
        os.close(end)
    status = run(kind)
    sys.stdout.flush()
    sys.stderr.flush()
    with open(folder + "/answer", "w", encoding="ascii") as answer:
        print(int(status), file=answer)
