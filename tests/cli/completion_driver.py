#!/usr/bin/env python3
"""Types lines into an interactive shell, TAB after each, and prints what the line became.

Usage: completion_driver.py bash|zsh FILE-OR-FOLDER < lines
One line of output for each of input: the line after TAB. A line that begins with "?" is answered by
the words that were shown instead, in one line. bash sources FILE, zsh looks into FOLDER.
"""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

MARK = "\x1e"
ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])|[\x00\x07\x0f\r]|.\x08")
BASH = r"""
bind 'set bell-style none'; bind 'set show-all-if-ambiguous on'; bind 'set page-completions off'
bind 'set completion-query-items -1'; bind 'set enable-bracketed-paste off'
show() { printf '\036%s\036' "$READLINE_LINE"; }
bind -x '"\C-g": show'
source {place}
"""
ZSH = r"""
unsetopt beep prompt_cr prompt_sp; setopt no_list_ambiguous no_auto_menu no_menu_complete
PS1= RPS1= LISTMAX=10000
show() { print -rn -- $'\036'$BUFFER$'\036' }
zle -N show; bindkey -e; bindkey '^G' show
fpath=({place} $fpath)
autoload -Uz compinit; compinit -u -D
"""


class Shell:
    def __init__(self, kind, place):
        arguments = {
            "bash": ["bash", "--norc", "--noprofile", "-i"],
            "zsh": ["zsh", "-f", "-i"],
        }[kind]
        self.parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 500, 240, 0, 0))
        environment = dict(os.environ, TERM="vt100", PS1="", LC_ALL="C.UTF-8")
        self.process = subprocess.Popen(
            arguments, stdin=child, stdout=child, stderr=child, env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(child)
        script = {"bash": BASH, "zsh": ZSH}[kind].replace("{place}", place)
        for line in script.strip().splitlines():
            self.send(line + "\n")
        self.send("echo re''ady\n")
        self.wait("ready", 1)

    def send(self, text):
        os.write(self.parent, text.encode())

    def wait(self, mark, times):
        """What the shell writes until it has written the mark so often."""
        seen = ""
        deadline = time.monotonic() + 60
        while seen.count(mark) < times:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.parent], [], [], left)[0]:
                sys.exit(f"the shell does not answer; it said: {seen!r}")
            seen += os.read(self.parent, 65536).decode(errors="replace")
        return seen

    def complete(self, line):
        self.send("\x15" + line + "\t\x07")
        shown, result = self.wait(MARK, 2).split(MARK)[:2]
        return ESCAPE.sub("", shown), ESCAPE.sub("", result)


def main():
    shell = Shell(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        line = line.rstrip("\n")
        shown, result = shell.complete(line.lstrip("?"))
        print(" ".join(shown.split()) if line.startswith("?") else result)
    shell.process.kill()
    shell.process.wait()


main()
