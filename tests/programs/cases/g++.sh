# g++ compiles a file that is mostly templates, and the program runs
needs=(g++)
seen=(g++ cc1plus as collect2 ld)
prepare() {
    cat >heavy.cc <<'END'
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>
template <int N> struct Node {
    std::tuple<int, std::string, Node<N - 1>> parts;
    std::map<int, std::vector<std::unique_ptr<Node<N / 2>>>> children;
    std::variant<int, std::string, std::vector<Node<N - 1>>> either{N};
    int sum() const { return N + std::get<2>(parts).sum() + int(children.size()); }
};
template <> struct Node<0> { int sum() const { return 0; } };
template <std::size_t... I> int total(std::index_sequence<I...>)
{
    return (0 + ... + std::make_unique<Node<int(I)>>()->sum());
}
int main()
{
    std::unordered_map<std::string, std::function<int(int)>> table;
    for (int i = 0; i < 100; i++) table["f" + std::to_string(i)] = [i](int x) { return x * i; };
    int sum = 0;
    for (auto &[name, function] : table) sum += function(int(name.size()));
    std::cout << total(std::make_index_sequence<24>()) << ' ' << sum << '\n';
}
END
}
run() {
    cp "$inputs/heavy.cc" .
    with g++ -std=c++17 -O1 -o heavy heavy.cc
    ./heavy
    sha256sum heavy
}
