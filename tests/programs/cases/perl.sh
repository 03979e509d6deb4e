# perl builds nested hashes and strings, matches and sorts them
needs=(perl)
run() {
    with perl -e '
        use strict; my ($seed, %tree, @lines) = (7);
        my $next = sub { $seed = ($seed * 16807) % 2147483647 };
        for my $i (1 .. 200000) {
            my ($a, $b) = ($next->() % 300, $next->() % 300);
            push @{$tree{"k$a"}{"v$b"}}, "x" x ($i % 40);
            push @lines, join(",", $a, $b, "item $i") if $i % 3 == 0;
        }
        my $text = join("\n", sort { $a cmp $b } @lines);
        my $count = 0;
        $count += length($1) while $text =~ /(\d+),(?:\d+),item \d*7$/mg;
        $text =~ s/item (\d+)/reverse("<$1>")/ge;
        my $sum = 0;
        for my $k (sort keys %tree) { $sum += map { length } map { @$_ } values %{$tree{$k}} }
        my @split = split /[,\n]/, $text;
        printf "%d %d %d %s\n", $count, $sum, scalar(@split), unpack("%32C*", $text);
        print "$_ ", scalar(keys %{$tree{$_}}), "\n" for (sort keys %tree)[0 .. 9];'
}
