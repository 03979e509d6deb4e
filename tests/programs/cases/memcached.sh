# memcached in threads, asked by several clients at once
needs=(memcached python3)
seen=(memcached)
run() {
    start memcached -s "$PWD/socket" -t 4 -m 64 -u "$(id -un)" -I 2m
    await test -S socket
    python3 - <<'END'
import hashlib, socket, threading
sums = [None] * 6
def ask(number):
    s = socket.socket(socket.AF_UNIX)
    s.connect("socket")
    f = s.makefile("rwb")
    h = hashlib.sha256()
    for i in range(1500):
        value = b"%d" % i * (i * 37 % 3000 + 1)
        f.write(b"set c%d-%d 0 0 %d\r\n%s\r\n" % (number, i, len(value), value))
        if i % 3 == 0:
            f.write(b"append c%d-%d 0 0 2\r\nxx\r\n" % (number, i))
        if i % 4 == 0:
            f.write(b"delete c%d-%d\r\n" % (number, i - 2))
        f.write(b"gets c%d-%d c%d-%d c%d-0\r\n" % (number, i, number, i - 2, number))
        f.write(b"mn\r\n")
        f.flush()
        while (line := f.readline()) != b"MN\r\n":
            h.update(line.rsplit(b" ", 1)[0] if line.startswith(b"VALUE") else line)
    sums[number] = h.hexdigest()
threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
for t in threads: t.start()
for t in threads: t.join()
print(*sums, sep="\n")
END
    stop || echo "exit $?"
}
