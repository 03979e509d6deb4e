# php, whose own allocator is told to leave the work to malloc
needs=(php)
run() {
    export USE_ZEND_ALLOC=0
    with php -n <<'END'
<?php
mt_srand(1);
$table = [];
for ($i = 0; $i < 250000; $i++) {
    $key = 'k' . mt_rand(0, 30000);
    $table[$key][] = str_repeat('x', $i % 30) . $i;
    if ($i % 3 == 0) array_shift($table[$key]);
}
ksort($table);
$text = serialize($table);
echo count($table), ' ', strlen($text), ' ', hash('sha256', $text), "\n";
echo hash('sha256', json_encode(unserialize($text))), "\n";
echo preg_match_all('/x(\d+)7"/', $text), ' ', strlen(preg_replace_callback('/k(\d+)/', fn($m) => strrev($m[0]), $text)), "\n";
class Node { public $next; public $back; public $data; }
for ($round = 0; $round < 30; $round++) {
    $first = $last = new Node;
    for ($i = 0; $i < 3000; $i++) { $n = new Node; $n->back = $last; $last->next = $n; $n->data = [$i, "$i"]; $last = $n; }
    $last->next = $first;
}
echo gc_collect_cycles() > 0 ? "collected\n" : "nothing\n";
END
}
