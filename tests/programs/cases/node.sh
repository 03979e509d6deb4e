# node: objects, buffers, compression and worker threads
needs=(node)
run() {
    cat >work.js <<'END'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const crypto = require('crypto'), zlib = require('zlib');
function work(seed) {
    const hash = crypto.createHash('sha256'), map = new Map();
    for (let i = 0; i < 60000; i++) {
        seed = (seed * 16807) % 2147483647;
        map.set('k' + seed % 9999, { v: [seed, i], s: 'x'.repeat(i % 50) });
    }
    const buffers = [];
    for (let i = 1; i < 1500; i++) buffers.push(Buffer.alloc(i * 13 % 9000 + 1, i & 255));
    for (let i = 0; i < 12; i++) {
        const packed = zlib.gzipSync(Buffer.concat(buffers.slice(i * 100, i * 100 + 200)));
        hash.update(zlib.gunzipSync(packed));
    }
    hash.update(JSON.stringify([...map].sort()));
    return hash.digest('hex');
}
if (isMainThread) {
    let waiting = 3;
    const results = [work(1)];
    for (let i = 2; i < 5; i++)
        new Worker(__filename, { workerData: i }).on('message', m => {
            results.push(m);
            if (--waiting === 0) {
                console.log(results.sort().join('\n'));
                zlib.brotliCompress(Buffer.from(results.join('').repeat(3000)), (e, b) => console.log(e, b.length));
            }
        });
} else parentPort.postMessage(work(workerData));
END
    with node work.js
}
