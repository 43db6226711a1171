#!/usr/bin/env bash
# Odd and broken images: what Pillow shows is shown, what cannot be decoded follows data.on_bad_image, counted in done.json.
. "$(dirname "$0")/../lib.sh"
images=$source_dir/tests/golden/images/files
tiny_spec tiny.yml 60 <<<'evaluate: {splits: [val]}'

# posts/odd.csv: the synthetic table with the first train post's image replaced.
with_image() {
    rm -f posts/images/odd.* # a .png beside a bad .jpg would stand in for it
    cp "$1" "posts/images/odd.${1##*.}"
    sed "0,/,train,[^,]*$/s//,train,odd.${1##*.}/" posts/posts.csv >posts/odd.csv
    grep -q "train,odd.${1##*.}" posts/odd.csv || fail "no post has the image $1"
}
run=("$AUXFUSE" run tiny.yml -q -s data.file=posts/odd.csv)

for name in png-named.jpg grey.jpg cmyk-adobe.jpg cmyk-unmarked.jpg palette4.png palette8-trns.png rgba.png rgba16.png \
    grey-alpha.png progressive.jpg exif-rotated.jpg trailing-bytes.jpg; do
    with_image "$images/$name"
    expect 0 -- "${run[@]}" -s "name=good-$name"
    holds "$name is no bad image" grep -q '"left_out": {}' runs/good-"$name"/*/s0/done.json
done

post=$(grep -m 1 ',train,' posts/posts.csv | cut -d, -f1)
for name in truncated.jpg truncated-progressive.jpg no-end-marker.jpg truncated.png damaged.png no-palette.png \
    not-an-image.jpg empty.jpg; do
    with_image "$images/$name"
    expect 1 "odd.csv:2: post $post: " "odd.${name##*.}" -- "${run[@]}" -s "name=bad-$name"
    expect 0 -- "${run[@]}" -s "name=skip-$name" -s data.on_bad_image=skip
    holds "$name left out, and counted" grep -Eq '"left_out": \{ *"image cannot be read": 1' <(tr -d '\n' <"$(echo runs/skip-"$name"/*/s0/done.json)")
    expect 0 -- "${run[@]}" -s "name=blank-$name" -s data.on_bad_image=blank
    holds "$name shown blank, and counted" grep -q '"blank_images": 1' runs/blank-"$name"/*/s0/done.json
done

# A missing image, a folder and a pipe in its place, a path that leaves the image folder.
sed '0,/,train,[^,]*$/s//,train,gone.jpg/' posts/posts.csv >posts/odd.csv
expect 1 "odd.csv:2: post $post: " "gone.jpg': No such file or directory" -- "${run[@]}" -s name=gone
expect 0 -- "${run[@]}" -s name=gone-blank -s data.on_bad_image=blank
mkfifo posts/images/pipe.jpg
sed '0,/,train,[^,]*$/s//,train,pipe.jpg/' posts/posts.csv >posts/odd.csv
expect 1 "post $post: " "pipe.jpg" -- timeout 300 "${run[@]}" -s name=pipe
mkdir posts/images/folder.jpg
sed '0,/,train,[^,]*$/s//,train,folder.jpg/' posts/posts.csv >posts/odd.csv
expect 1 "post $post: " "folder.jpg" -- "${run[@]}" -s name=folder
cp "$images/grey.jpg" outside.jpg
sed '0,/,train,[^,]*$/s//,train,..\/..\/outside.jpg/' posts/posts.csv >posts/odd.csv
expect 1 "post $post: " "outside.jpg" -- "${run[@]}" -s name=outside

# Every image bad: skipping leaves nothing, which is said.
sed -E 's/,(train|val|test),[^,]*$/,\1,gone.jpg/' posts/posts.csv >posts/odd.csv
expect 1 "train split is empty" -- "${run[@]}" -s name=none -s data.on_bad_image=skip
finish
