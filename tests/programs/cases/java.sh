# Java compiles and runs a program: many threads, arenas, just-in-time code
needs=(java)
run() {
    cat >Work.java <<'END'
import java.util.*;
import java.util.stream.*;
public class Work {
    public static void main(String[] a) throws Exception {
        Map<String, List<Integer>> m = new TreeMap<>();
        long seed = 42;
        for (int i = 0; i < 300000; i++) { seed = seed * 16807 % 2147483647L;
            m.computeIfAbsent("k" + seed % 5000, k -> new ArrayList<>()).add(i); }
        System.out.println(m.size() + " " + m.values().stream().mapToInt(List::size).max().getAsInt());
        System.out.println(IntStream.range(0, 400000).parallel().mapToObj(Integer::toString).mapToInt(String::length).sum());
        java.util.zip.Deflater d = new java.util.zip.Deflater(); byte[] out = new byte[1 << 20]; long total = 0;
        for (int i = 1; i < 200; i++) { d.reset(); d.setInput(new byte[i * 1000]); d.finish(); total += d.deflate(out); }
        System.out.println(total);
    }
}
END
    with java -Xmx256m Work.java
}
