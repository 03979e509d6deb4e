# Python turns objects into JSON and back, and searches the text by regular expressions
needs=(python3)
run() {
    with python3 - <<'END'
import hashlib, json, random, re
random.seed(1)
people = [{"id": i, "name": "n%d" % random.randrange(10**6), "tags": ["t%d" % random.randrange(99)
           for _ in range(random.randrange(8))], "nested": {"a": [i] * (i % 7), "b": None}}
          for i in range(20000)]
for _ in range(4):
    text = json.dumps(people, sort_keys=True, indent=1)
    people = json.loads(text)
print(len(text), hashlib.sha256(text.encode()).hexdigest())
words = re.findall(r'"(n\d+)"', text)
print(len(words), sorted(set(words))[:5])
print(len(re.sub(r'(\d)(\d)', r'\2-\1', text)))
table = {}
for word in words * 8:
    table.setdefault(word[:4], []).append(word.upper() + word[::-1])
print(len(table), sum(map(len, table.values())), sorted(table)[:5])
END
}
