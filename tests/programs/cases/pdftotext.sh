# poppler reads a PDF: its text, its pictures
needs=(pdftotext pdftoppm pdfinfo)
prepare() {
    perl -e '
        my @o = ("<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Courier>>"); my @kids;
        for my $p (1 .. 60) {
            my $s = "BT /F 8 Tf 9 TL 20 780 Td ";
            for my $l (1 .. 80) {
                $s .= "(" . join(" ", map { "w" . ($p * 7919 + $_ * 31 + $l * 7) % 9973 } 1 .. 12) . ") Tj T* ";
            }
            $s .= "ET " . join("", map { sprintf "%d %d m %d %d l S ", $_ * 7 % 600, $p, $_, $_ * 13 % 780 } 1 .. 200);
            push @o, "<</Length " . length($s) . ">>stream\n$s\nendstream";
            push @o, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents " . scalar(@o) . " 0 R/Resources<</Font<</F 3 0 R>>>>>>";
            push @kids, scalar(@o) . " 0 R";
        }
        $o[1] = "<</Type/Pages/Count 60/Kids[@kids]>>";
        my $out = "%PDF-1.4\n"; my @at;
        for (0 .. $#o) { push @at, length $out; $out .= ($_ + 1) . " 0 obj\n$o[$_]\nendobj\n" }
        my $x = length $out;
        print $out, "xref\n0 ", @o + 1, "\n0000000000 65535 f \n", (map { sprintf "%010d 00000 n \n", $_ } @at),
            "trailer<</Size ", @o + 1, "/Root 1 0 R>>\nstartxref\n$x\n%%EOF\n"' >pages.pdf
}
run() {
    with pdfinfo "$inputs/pages.pdf"
    with pdftotext -layout "$inputs/pages.pdf" - | sha256sum
    with pdftotext -bbox "$inputs/pages.pdf" - | sha256sum
    with pdftoppm -r 60 -l 12 "$inputs/pages.pdf" page
    cat page*.ppm | sha256sum
}
