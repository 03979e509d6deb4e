# Ghostscript draws PostScript into pictures and PDF
needs=(gs)
prepare() {
    cat >page.ps <<'END'
%!PS
/Times-Roman findfont 9 scalefont setfont
/r { rand 500 mod } def 7 srand
4 {
  1 1 250 { /i exch def r r moveto r r r r r r curveto i 250 div dup 1 exch sub 0.5 setrgbcolor stroke
    r r moveto i 10 string cvs (word ) show show
    gsave r r translate i rotate 0 0 20 0 360 arc clip newpath 0 0 40 30 rectfill grestore } for
  showpage
} repeat
END
}
run() {
    with gs -q -dBATCH -dNOPAUSE -dSAFER -sDEVICE=ppmraw -r110 -sOutputFile=page%d.ppm "$inputs/page.ps"
    sha256sum page*.ppm
    with gs -q -dBATCH -dNOPAUSE -dSAFER -sDEVICE=pdfwrite -sOutputFile=page.pdf "$inputs/page.ps"
    with gs -q -dBATCH -dNOPAUSE -dSAFER -sDEVICE=txtwrite -sOutputFile=- page.pdf | sha256sum
    with gs -q -dBATCH -dNOPAUSE -dSAFER -dNumRenderingThreads=2 -sDEVICE=pnggray -r150 -sOutputFile=page%d.png page.pdf
    sha256sum page*.png
}
