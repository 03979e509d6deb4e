# ffmpeg makes moving pictures and sound, filters and encodes them in threads, and reads them back
needs=(ffmpeg)
run() {
    local quiet=(-hide_banner -loglevel error -nostdin -y)
    with ffmpeg "${quiet[@]}" -f lavfi -i testsrc2=size=320x240:rate=25 -f lavfi -i sine=frequency=440 -t 3 \
        -filter_complex '[0:v]split[a][b];[b]hflip,boxblur=4[c];[a][c]hstack' \
        -c:v mpeg4 -threads 2 -c:a flac -strict -2 -flags +bitexact -fflags +bitexact made.mkv
    with ffmpeg "${quiet[@]}" -threads 2 -i made.mkv -f framemd5 - | sha256sum
    with ffmpeg "${quiet[@]}" -i made.mkv -vf scale=160:-2,fps=10 -c:v png -f image2 frame%03d.png
    cat frame*.png | sha256sum
    with ffmpeg "${quiet[@]}" -f lavfi -i sine=frequency=300:duration=20 -c:a aac -f adts /dev/null
    with ffmpeg -loglevel fatal -i nowhere.mkv -f null - || echo "exit $?"
}
