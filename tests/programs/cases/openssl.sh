# openssl makes certificates, signs, verifies, and enciphers; prints no key
needs=(openssl)
prepare() { make_text 200000 >text; }
run() {
    with openssl genrsa -out ca.key 2048 2>/dev/null
    with openssl req -x509 -new -key ca.key -subj /CN=ca -days 30 -out ca.pem
    local i
    for i in 1 2 3 4 5 6; do
        with openssl ecparam -name prime256v1 -genkey -noout -out "$i.key"
        with openssl req -new -key "$i.key" -subj "/CN=n$i" -out "$i.csr"
        with openssl x509 -req -in "$i.csr" -CA ca.pem -CAkey ca.key -set_serial "$i" -days 9 -out "$i.pem" 2>/dev/null
    done
    with openssl verify -CAfile ca.pem [1-6].pem
    with openssl x509 -in 3.pem -noout -subject -serial
    with openssl dgst -sha256 -sign ca.key -out signature "$inputs/text"
    with openssl dgst -sha256 -verify <(openssl rsa -in ca.key -pubout 2>/dev/null) -signature signature "$inputs/text"
    with openssl enc -aes-256-cbc -pbkdf2 -iter 100000 -S 0102030405060708 -k word -in "$inputs/text" -out secret
    with openssl enc -d -aes-256-cbc -pbkdf2 -iter 100000 -S 0102030405060708 -k word -in secret | sha256sum
    with openssl cms -sign -signer ca.pem -inkey ca.key -in "$inputs/text" -outform DER -out cms -nodetach -binary
    with openssl cms -verify -in cms -inform DER -CAfile ca.pem -binary | sha256sum
    with openssl asn1parse -inform DER -in cms | grep -c OBJECT
    with openssl prime -generate -bits 512 | grep -c .
}
