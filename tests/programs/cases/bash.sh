# bash: arrays, strings, functions, and children by the hundred
needs=(bash)
run() {
    echo "rounds=$((40000 / part))" >script
    cat >>script <<'END'
declare -A count
seed=42
for ((i = 0; i < rounds; i++)); do
    seed=$((seed * 16807 % 2147483647))
    key=k$((seed % 997))
    count[$key]=$((${count[$key]:-0} + i))
    list+=("$key")
done
mapfile -t keys < <(printf '%s\n' "${!count[@]}" | sort)
for key in "${keys[@]:0:10}"; do echo "$key ${count[$key]}"; done
text="${list[*]}"
text=${text//k1/[one]}
echo ${#text} "${text:500:60}"
deep() { (($1 == 0)) || { local a=("$@"); deep $(($1 - 1)) "${a[@]:0:9}"; }; }
deep 300
for ((i = 0; i < rounds / 200; i++)); do total=$((total + $(echo $((i * 3))))); done
echo $total $(seq 3000 | while read -r n; do [[ $n =~ ^([0-9])\1 ]] && echo -n "${n^^}"; done | cksum)
END
    with bash script
}
