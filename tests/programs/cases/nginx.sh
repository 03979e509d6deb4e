# nginx answers ab and curl: files, gzip, and one server behind another
needs=(nginx ab)
prepare() {
    mkdir site
    make_text 400 >site/text.html
    make_text 20000 >site/long.txt
    echo small >site/small.html
    cp "$(type -P cp)" site/binary
}
run() {
    free_port
    mkdir logs
    cat >nginx.conf <<END
$([[ $(id -u) -ne 0 ]] || echo 'user root;')
worker_processes 2; daemon off; pid $PWD/nginx.pid; error_log $PWD/logs/error.log warn;
events { worker_connections 256; }
http {
    access_log $PWD/logs/access.log; types { text/html html; text/plain txt; }
    client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2; fastcgi_temp_path $PWD/t3;
    uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
    gzip on; gzip_types text/plain; gzip_min_length 100;
    server { listen 127.0.0.1:$port; root $inputs/site;
        location /proxy/ { proxy_pass http://unix:$PWD/socket:/; } }
    server { listen unix:$PWD/socket; root $inputs/site; }
}
END
    start nginx -c "$PWD/nginx.conf" -e "$PWD/logs/error.log"
    await test -e nginx.pid
    await eval "(exec 3<>/dev/tcp/127.0.0.1/$port)"
    local page
    for page in small.html text.html nowhere.html proxy/text.html proxy/long.txt; do
        with ab -q -n 1500 -c 16 "http://127.0.0.1:$port/$page"
    done
    with ab -q -k -n 6000 -c 16 -H 'Accept-Encoding: gzip' "http://127.0.0.1:$port/text.html"
    kill -HUP "$server"
    sleep 0.2
    with ab -q -n 300 -c 8 "http://127.0.0.1:$port/binary"
    stop QUIT
    cut -d'"' -f2-3 logs/access.log | sort -u
    cat logs/error.log
}
# The port and the rates differ. An ab that is done breaks connections off; the server says so.
tidy() { grep -E '^Document|^Complete|^Failed|^Non-2xx|^HTML|^GET|emerg|alert|crit'; }
