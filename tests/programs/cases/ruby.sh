# ruby: objects, strings, threads and its garbage collector
needs=(ruby)
seen=(ruby)
run() {
    with ruby --disable-gems - <<'END'
require 'digest'
require 'json'
rnd = Random.new(1)
Item = Struct.new(:name, :tags)
items = Array.new(60_000) { |i| Item.new("n#{rnd.rand(9999)}", Array.new(i % 5) { rnd.rand(50).to_s }) }
groups = items.group_by(&:name).transform_values { |v| v.flat_map(&:tags).tally }
puts groups.size, groups.sort.first(3).inspect
text = JSON.generate(groups.sort.to_h)
puts text.size, Digest::SHA256.hexdigest(JSON.generate(JSON.parse(text)))
puts text.scan(/"n(\d+)"/).size, text.gsub(/\d/) { |d| d * 2 }.size
GC.compact if GC.respond_to?(:compact)
threads = 4.times.map { |t| Thread.new { (1..15_000).map { |i| "#{t}:#{i}" * (i % 20) }.map(&:size).sum } }
puts threads.sum(&:value)
puts 20.times.map { |i| (3**(900 + i)).to_s.reverse }.then { |a| Digest::SHA256.hexdigest(a.join) }
pid = fork { GC.start; exit!(items.size % 251) }
Process.wait(pid)
puts $?.exitstatus
END
}
