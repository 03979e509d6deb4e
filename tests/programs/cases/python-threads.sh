# Python's threads and processes hand blocks to one another
needs=(python3)
run() {
    with python3 - <<'END'
import concurrent.futures, hashlib, multiprocessing, queue, threading, zlib
def work(seed):
    data = bytes((seed * i) % 251 for i in range(20000))
    packed = [zlib.compress(data[:k * 500] * 8, 6) for k in range(1, 40)]
    return hashlib.sha256(b"".join(packed)).hexdigest()
passing = queue.Queue(maxsize=50)
sums = []
def give():
    for i in range(8000):
        passing.put([b"x" * (i % 5000), bytearray(i * 7 % 100000)])
    passing.put(None)
def take():
    total = 0
    while (item := passing.get()) is not None:
        total += len(item[0]) + len(item[1])
    sums.append(total)
threads = [threading.Thread(target=f) for f in (give, take, give, take)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sum(sums))
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(*pool.map(work, range(1, 9)), sep="\n")
for _ in range(120):
    batch = [threading.Thread(target=zlib.compress, args=(b"ab" * 9999,)) for _ in range(10)]
    for thread in batch: thread.start()
    for thread in batch: thread.join()
context = multiprocessing.get_context("fork")
with context.Pool(3) as pool:
    print(*pool.map(work, range(11, 17)), sep="\n")
END
}
