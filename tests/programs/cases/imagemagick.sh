# ImageMagick makes a picture, changes it and writes it in several formats
needs=(convert identify)
run() {
    with convert -size 500x400 gradient:tomato-steelblue -depth 8 start.ppm
    with convert start.ppm -blur 0x4 -rotate 17 -resize 700x -modulate 110,80 -depth 8 changed.ppm
    with convert start.ppm -swirl 90 -paint 2 -colors 32 -define png:exclude-chunks=date,time,tIME changed.png
    with convert changed.png -quality 80 changed.jpg
    with convert start.ppm changed.jpg -append -normalize -depth 8 both.ppm
    with identify -format '%m %w %h %k\n' start.ppm changed.ppm changed.png changed.jpg both.ppm
    sha256sum start.ppm changed.ppm both.ppm
}
