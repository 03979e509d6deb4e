# lua: tables, closures, strings and coroutines
needs=(lua5.4)
run() {
    with lua5.4 - <<'END'
local seed, trees, words = 42, {}, {}
local function rnd(n) seed = seed * 16807 % 2147483647 return seed % n end
local function tree(depth) if depth == 0 then return {} end return {tree(depth - 1), tree(depth - 1), depth} end
local function size(t) if not t[1] then return 1 end return 1 + size(t[1]) + size(t[2]) end
for i = 1, 12 do trees[i % 4 + 1] = tree(15) end
print(size(trees[1]))
for i = 1, 400000 do local w = "w" .. rnd(20000) words[w] = (words[w] or "") .. (i % 10) end
local keys = {} for k in pairs(words) do keys[#keys + 1] = k end
table.sort(keys) print(#keys, keys[1], words[keys[1]], words[keys[#keys]])
local text = table.concat(keys, " ")
print(#text, select(2, text:gsub("w(%d)(%d*)", "%2%1")))
local total = 0
for i = 1, 3000 do local co = coroutine.wrap(function(n) for j = 1, 10 do n = n + coroutine.yield(n * j) end return n end)
    for j = 1, 5 do total = total + co(j) end end
print(total, ("x"):rep(100000):len())
END
}
