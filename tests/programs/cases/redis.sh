# redis-server answers redis-benchmark on a socket, saves in a forked child and loads again
needs=(redis-server redis-benchmark redis-cli)
run() {
    local serve=(redis-server --port 0 --unixsocket "$PWD/socket" --dir "$PWD" --save '' --loglevel warning
        --dbfilename dump.rdb --logfile "$PWD/log" --enable-debug-command local)
    start "${serve[@]}"
    await eval '[[ $(redis-cli -s socket ping) == PONG ]]'
    with redis-benchmark -s socket -q -n 40000 -c 20 -P 8 -r 10000 -d 200 \
        -t set,get,incr,lpush,rpush,lpop,sadd,hset,spop,zadd,lrange_100,mset
    with redis-cli -s socket eval 'for i = 1, 20000 do redis.call("set", "k" .. i, string.rep("v", i % 300))
        redis.call("hset", "h" .. i % 50, i, i * i) end
        for i = 1, 20000, 2 do redis.call("del", "k" .. i) end return redis.call("dbsize") > 10000' 0
    with redis-cli -s socket save
    with redis-cli -s socket bgsave
    await eval '[[ $(redis-cli -s socket info persistence) == *rdb_bgsave_in_progress:0* ]]'
    with redis-cli -s socket info persistence | grep -a rdb_last_bgsave_status
    with redis-cli -s socket debug digest-value k2 k300 h1 h7
    with redis-cli -s socket shutdown save
    wait "$server"
    rm -f socket
    start "${serve[@]}"
    await eval '[[ $(redis-cli -s socket ping) == PONG ]]'
    with redis-cli -s socket debug digest-value k2 k300 h1 h7
    with redis-cli -s socket flushall
    stop
}
# Rates differ, and so does what a random run leaves behind.
tidy() { tr '\r' '\n' | sed -nE 's/: [0-9.]+ requests per second.*/: done/; /rps=/d; /^ *$/d; p'; }
