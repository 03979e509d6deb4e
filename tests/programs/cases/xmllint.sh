# xmllint parses a large document, validates it, asks XPath questions and writes it again
needs=(xmllint)
prepare() {
    awk 'BEGIN { print "<?xml version=\"1.0\"?><shop xmlns:x=\"urn:x\">"
        for (i = 0; i < 60000; i++) printf "<item id=\"i%d\" x:kind=\"k%d\"><name>n &amp; %d</name><price>%d</price><!-- %d --></item>\n",
            i, i % 17, i * 31 % 1009, i % 100, i
        print "</shop>" }' >shop.xml
    cat >shop.rng <<'END'
<element name="shop" xmlns="http://relaxng.org/ns/structure/1.0"><oneOrMore><element name="item">
<attribute name="id"/><attribute name="kind" ns="urn:x"/><element name="name"><text/></element>
<element name="price"><text/></element></element></oneOrMore></element>
END
}
run() {
    with xmllint --noout --relaxng "$inputs/shop.rng" "$inputs/shop.xml" 2>&1 | sed 's|.*/||'
    with xmllint --xpath 'concat(count(//item[price > 50]), " ", sum(//price), " ", //item[777]/name)' "$inputs/shop.xml"
    with xmllint --format "$inputs/shop.xml" | sha256sum
    with xmllint --c14n "$inputs/shop.xml" | sha256sum
    head -c 100000 "$inputs/shop.xml" >cut.xml
    with xmllint --noout cut.xml || echo "exit $?"
}
