/**
 * What python3 runs for --define. Standard input: a JSON object of `definitions`, pairs of a name and an expression, and `calls`, pairs of an index into
 * these and a text. Descriptor 3: a JSON object of `values`, one a call, a string or a list of them, up to `error`, the text of the first exception, if
 * there was one. What expressions print is standard output's.
 */
export const pythonProgram = String.raw`
import sys
if sys.path[:1] == [""]:  # the working directory: a file json.py in it is not the module
    del sys.path[0]
import importlib, json, os, signal

MODULES = frozenset(
    "base64 bisect calendar collections datetime decimal fnmatch fractions functools glob hashlib heapq itertools json math "
    "operator os pathlib random re shlex statistics string sys textwrap time unicodedata uuid".split()
)


class Names(dict):
    """The names that expressions see: modules are imported when they are first named."""

    def __missing__(self, name):
        if name not in MODULES:
            raise KeyError(name)
        module = self[name] = importlib.import_module(name)
        return module


def text(value):
    word = str(value)
    word.encode()  # what is no text can't be submitted
    return word


def evaluated(code, x, names):
    names["x"] = x
    value = eval(code, names, names)
    return [text(item) for item in value] if isinstance(value, list) else text(value)


def main():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.set_inheritable(3, False)
    request = json.loads(sys.stdin.buffer.read().decode())
    answer = {"values": []}
    try:
        codes = [compile(code.lstrip(" \t"), name, "eval") for name, code in request["definitions"]]
        names = Names()
        for index, x in request["calls"]:
            answer["values"].append(evaluated(codes[index], x, names))
    except Exception as e:
        answer["error"] = str(e) or type(e).__name__
    with open(3, "wb") as out:
        out.write(json.dumps(answer).encode())


main()
`;
