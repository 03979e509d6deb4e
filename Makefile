# hakbench and hakmem. `make help` lists the targets; start with README.md.

VERSION   := 0.1.0
# Of libhakmem.so: goes up when a program that was linked with it would not run with the next one.
ABI       := 1
CC        ?= gcc
ifeq ($(origin CC),default)
CC        := gcc
endif
CROSS     := aarch64-linux-gnu
PREFIX    ?= /usr/local
# Below PREFIX: for libhakmem, what it is compiled and linked with. Debian's is lib/x86_64-linux-gnu.
LIBDIR    ?= lib
VARIANT   ?=
B         := build$(if $(VARIANT),/$(VARIANT))
RUN_ARGS  ?=

WARN      := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
             -Wpointer-arith -Wcast-qual -Wvla -Werror
# A frame that no small stack (ulimit -s 128) has room for; sanitizers make frames of their own size.
FRAME     := $(if $(VARIANT),,-Wframe-larger-than=16384)
STD       := -std=gnu11 -g -D_GNU_SOURCE
INC       := -Isrc -Iworkloads -Iallocators -I$(B)/gen

# The harness alone is sanitized: a worker must stay the process that is measured.
SAN_asan  := -O1 -fno-omit-frame-pointer -fsanitize=address
SAN_ubsan := -O1 -fno-omit-frame-pointer -fsanitize=undefined -fno-sanitize-recover=all
SAN_tsan  := -O1 -fno-omit-frame-pointer -fsanitize=thread
SAN_cov   := -O0 --coverage
SAN       := $(SAN_$(VARIANT))

CFLAGS    ?= -O2
# Position-independent, so that the tests' library is made of the very objects that hakbench is.
CFLAGS_TOOL   := $(STD) $(CFLAGS) $(WARN) $(INC) $(SAN) -D_FORTIFY_SOURCE=2 -fPIC -fno-semantic-interposition
CFLAGS_WORKER := $(STD) -O2 $(WARN) -Isrc -Iworkloads -Iallocators
# Plugins and loops are built the same in every variant: what is measured does not depend on how
# the tool around it was built. Functions start at cache lines, so that no edit moves a loop.
CFLAGS_PLUGIN := $(STD) -O2 $(WARN) -fPIC -fvisibility=hidden -falign-functions=64 \
                 -Iworkloads -Iallocators
# Exceptions of C++ pass through its operators; its thread-local memory must need no malloc.
CFLAGS_PRELOAD := $(STD) -O2 $(WARN) -Isrc -fPIC -fvisibility=hidden -ftls-model=initial-exec -fexceptions \
                 -fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free
CFLAGS_HAKMEM := $(STD) -O2 $(WARN) -fPIC -fvisibility=hidden -ftls-model=initial-exec \
                 -falign-functions=64 -fno-builtin-malloc -fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free \
                 -Iallocators -Iallocators/hakmem
LIBS_TOOL := -lcjson -lseccomp -lmd -lxxhash -lzstd -lz -lminizip -lm -pthread

# A file with a _ in its name is a part of a command: trace_info.c.
COMMANDS  := $(sort $(foreach name,$(basename $(notdir $(wildcard src/commands/*.c))),$(if $(findstring _,$(name)),,$(name))))
TOOL_SRC  := $(sort $(filter-out src/worker/% src/preload/%,$(shell find src -name '*.c')))
TOOL_OBJ  := $(TOOL_SRC:%.c=$(B)/obj/%.o)
ROOM_OBJ  := $(filter-out $(B)/obj/src/main.o $(B)/obj/src/commands/%,$(TOOL_OBJ))
WORKER_SRC := $(wildcard src/worker/*.c)
CLOCK_SRC := src/preload/steady_clock.c
PRELOAD_SRC := $(filter-out $(CLOCK_SRC),$(wildcard src/preload/*.c))
PRELOAD_OBJ := $(PRELOAD_SRC:src/%.c=$(B)/%.o)
WORKER_OBJ := $(WORKER_SRC:%.c=$(B)/obj/%.o)
PLUGINS   := $(patsubst allocators/%.c,$(B)/allocators/%.so,$(wildcard allocators/*.c))
WORKLOADS := $(patsubst workloads/%.c,$(B)/workloads/%.so,$(wildcard workloads/*.c))
HAKMEM_SRC := $(wildcard allocators/hakmem/*.c)
HAKMEM_OBJ := $(HAKMEM_SRC:%.c=$(B)/obj/%.o)
# The plugin has no names of the C library's. The archive has malloc's family alone: a static program
# has the C++ library's operators on top of it, and no loader.
HAKMEM_LIB_OBJ     := $(filter-out %/plugin.o,$(HAKMEM_OBJ))
HAKMEM_ARCHIVE_OBJ := $(filter-out %/operators.o %/deepbind.o,$(HAKMEM_LIB_OBJ))
HAKMEM_PLUGIN_OBJ  := $(filter-out %/override.o %/operators.o %/deepbind.o,$(HAKMEM_OBJ))
UNIT      := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))
FAULTS    := $(patsubst tests/fault/plugins/%.c,$(B)/tests/fault/plugins/%.so,\
               $(wildcard tests/fault/plugins/*.c))
PLANTS    := $(patsubst tests/soak/plugins/%.c,$(B)/tests/soak/plugins/%.so,\
               $(wildcard tests/soak/plugins/*.c))
# Malloc's promises that are everybody's: `hakbench check` asks them. Those of hakmem alone have no
# group in their heads (tests/alloc/run.sh).
PROMISES  := $(shell grep -lE '^( \*|//) Group: ' tests/alloc/*.c tests/alloc/*.cc)
PROMISE_LIBS := $(patsubst %,$(B)/%.so,$(basename $(wildcard tests/alloc/lib/*)))
PROMISE_LIST := $(B)/tests/alloc/promises.json
REPLAYS   := $(patsubst tests/fuzz/%.c,$(B)/tests/replay/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS   := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
PAGES     := $(patsubst docs/man/%.scd,$(B)/man/%,$(wildcard docs/man/*.scd))
BIN       := $(if $(VARIANT),$(B)/hakbench,hakbench)

# Commands in full with V=1; a line a file otherwise.
Q         := $(if $(V),,@)
say        = $(if $(V),,@printf '  %-4s %s\n' '$(1)' '$@')

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:

.PHONY: all
all: ## build everything: ./hakbench, the worker, plugins, libhakmem
all: $(BIN) $(B)/hakbench-worker $(B)/hakbench-clock.so $(PLUGINS) $(B)/allocators/hakmem.so $(WORKLOADS) \
     $(B)/libhakmem.so $(B)/libhakmem.a $(B)/libhbtrace.so $(PROMISE_LIST)

# --- what users type ---------------------------------------------------------------------------

.PHONY: deps deps-install deps-test deps-dev
deps: ## install what building and running needs
	@scripts/install-deps.sh
deps-install: ## install what make install needs as well
	@scripts/install-deps.sh --install
deps-test: ## install what the tests need as well
	@scripts/install-deps.sh --test
deps-dev: ## install what make tidy, format, fuzz and cov need as well
	@scripts/install-deps.sh --dev

.PHONY: rebase
rebase: deps ## install what is missing, build, measure every allocator and pin the baseline
	@$(MAKE) --no-print-directory all
	./hakbench rebase $(RUN_ARGS)

.PHONY: test
test: deps-test ## install what is missing, build and pass the tests (T=name: only those; WRAP=...)
	@$(MAKE) --no-print-directory test-build
	@T=$(call quoted,$(T)) WRAP=$(call quoted,$(WRAP)) BUILD='$(B)' HAKBENCH=$(call quoted,$(CURDIR)/$(BIN)) tests/run.sh

.PHONY: unit
unit: deps-test ## build and pass the unit tests, in half a minute; test_*_power are left to make test
	@$(MAKE) --no-print-directory $(UNIT)
	@KIND=unit T=$(call quoted,$(T)) WRAP=$(call quoted,$(WRAP)) BUILD='$(B)' tests/run.sh

.PHONY: programs
programs: ## install many programs: do they do the same on hakmem? (SUITES="compile server" RUN_ARGS="--runs 3")
	@scripts/install-deps.sh --suites
	@$(MAKE) --no-print-directory all
	@BUILD='$(B)' RUN_ARGS=$(call quoted,$(RUN_ARGS)) tests/programs.sh $(SUITES)

.PHONY: test-build
test-build: all $(B)/debug/libhakmem.so pages $(UNIT) $(FAULTS) $(PLANTS) $(REPLAYS)
	$(Q)env -u T BUILD='$(B)' tests/alloc/run.sh --build-all

.PHONY: check
check: deps-dev test tidy format-check ## everything a change must pass
.PHONY: bench
bench: all ## self-test, then every profile, nothing pinned
	./hakbench selftest
	@for profile in profiles/*.json; do \
	    ./hakbench rebase --no-pin --profile "$$profile" $(RUN_ARGS) || exit $$?; done

.PHONY: soak-verdicts
soak-verdicts: deps-test ## ten five-minute soaks of planted faults: are they judged rightly? (50 min)
	@$(MAKE) --no-print-directory test-build
	SPEED=1 MINUTES=5 PERCENT=1 PERIOD_S=60 EPOCH=1s SEEDS=$(or $(SEEDS),10) \
	    BUILD='$(B)' HAKBENCH=$(call quoted,$(CURDIR)/$(BIN)) bash tests/soak/soak_verdict_test.sh

.PHONY: verdict-power
verdict-power: deps-test $(B)/tests/unit/test_compare_power $(B)/tests/unit/test_judge_power $(B)/tests/unit/test_exec_power $(B)/tests/unit/test_stats_sequential_power ## false verdicts, and what is found, simulated
	@HB_POWER=all $(B)/tests/unit/test_compare_power
	@HB_POWER=all $(B)/tests/unit/test_judge_power
	@HB_POWER=all $(B)/tests/unit/test_exec_power
	@HB_POWER=all $(B)/tests/unit/test_stats_sequential_power

.PHONY: sweep-crossing
sweep-crossing: all ## is a planted crossing of times named where it is? (2 min, a quiet machine)
	@HAKBENCH=$(call quoted,$(CURDIR)/$(BIN)) tests/sweep_crossing.sh

.PHONY: exec-power
exec-power: all ## does exec find 5 % more CPU time and 30 % more memory in real programs? (up to two hours, a quiet machine)
	@BUILD='$(B)' python3 tests/exec_power.py $(or $(REPEATS),20) $(or $(RUNS),20) $(or $(MOST),80)

.PHONY: report-check
report-check: all ## open reports in chromium, phone and desk, light and dark (SHOTS=folder keeps pictures)
	@mkdir -p build/report-check
	./hakbench report --force results/reference/2026-11-24T09-03-08Z-mixed.json -o build/report-check/rebase.html
	./hakbench report --force results/reference/2026-11-24-soak/soak.json -o build/report-check/soak.html
	./hakbench report --force results/reference/2026-11-24T09-03-08Z-mixed.json \
	    results/reference/2026-11-24-soak/soak.json -o build/report-check/both.html
	./hakbench table --force --format html results/reference/2026-11-24T09-03-08Z-mixed.json -o build/report-check/table.html
	./hakbench history --force --format html results/reference -o build/report-check/history.html
	node scripts/check-report.mjs $(if $(SHOTS),--shots $(call quoted,$(SHOTS))) \
	    $(addprefix build/report-check/,rebase.html soak.html both.html table.html history.html)

.PHONY: bench-ab
bench-ab: all ## this tree's hakmem against another commit's, interleaved (REV=commit)
	scripts/bench-ab.sh $(call quoted,$(REV)) $(RUN_ARGS)

.PHONY: asm
asm: $(B)/libhakmem.so ## instructions of hakmem's fast paths
	scripts/asm-count.sh $(B)/libhakmem.so

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' Makefile

# --- the tool ----------------------------------------------------------------------------------

$(BIN): $(TOOL_OBJ)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) $(SAN) -Wl,-z,now -o $@ $(TOOL_OBJ) $(LIBS_TOOL)

$(B)/gen/commands.inc: $(wildcard src/commands/*.c) Makefile
	@mkdir -p $(@D)
	@printf 'HB_COMMAND(%s)\n' $(COMMANDS) > $@

# Rewritten only when it changes, so that a commit does not rebuild the world.
.PHONY: version-check
$(B)/gen/version.h: version-check
	@mkdir -p $(@D)
	@{ echo '#define HB_VERSION "$(VERSION)"'; \
	   echo "#define HB_COMMIT \"$$(cat COMMIT 2>/dev/null || git rev-parse --short=12 HEAD 2>/dev/null)\""; } > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(B)/obj/src/worker/%.o: src/worker/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS_WORKER) $(FRAME) -MMD -MP -c -o $@ $<

$(B)/obj/src/%.o: src/%.c | $(B)/gen/commands.inc $(B)/gen/version.h
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS_TOOL) $(FRAME) -MMD -MP -c -o $@ $<

# --- what is measured --------------------------------------------------------------------------

$(B)/hakbench-worker: $(WORKER_OBJ)
	$(call say,LINK)
	$(Q)$(CC) -Wl,--export-dynamic-symbol='hb_worker_measured*' -o $@ $(WORKER_OBJ) -pthread -ldl

$(B)/hakbench-clock.so: $(CLOCK_SRC)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS_PLUGIN) -shared -Wl,-z,now -o $@ $<

$(B)/allocators/%.so: allocators/%.c
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS_PLUGIN) -MMD -MP -MF $(B)/allocators/$*.d -shared -o $@ $< -ldl

$(B)/workloads/%.so: workloads/%.c
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS_PLUGIN) -MMD -MP -MF $(B)/workloads/$*.d -shared -o $@ $<

$(B)/tests/fault/plugins/%.so: tests/fault/plugins/%.c
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS_PLUGIN) -Isrc -MMD -MP -MF $(B)/tests/fault/plugins/$*.d -shared -o $@ $< -ldl

$(B)/tests/soak/plugins/%.so: tests/soak/plugins/%.c
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS_PLUGIN) -MMD -MP -MF $(B)/tests/soak/plugins/$*.d -shared -o $@ $< -ldl -lm

$(B)/obj/allocators/hakmem/%.o: allocators/hakmem/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS_HAKMEM) -MMD -MP -c -o $@ $<

# sort-section: tables behind all small variables (HK_TABLE), so that a start touches few pages.
SONAME      := libhakmem.so.$(ABI)
HAKMEM_LINK := -shared -Wl,-z,now -Wl,-z,nodelete -Wl,--sort-section=name -pthread
# nodelete: threads that used it have its exit handler and its thread-local memory until they end.
# initfirst: no other constructor allocates, or asks for a fork handler, before ours.
$(B)/allocators/hakmem.so: $(HAKMEM_PLUGIN_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(HAKMEM_LINK) -Wl,--version-script=allocators/plugin.map \
	    -o $@ $(HAKMEM_PLUGIN_OBJ)

$(B)/libhakmem.so: $(HAKMEM_LIB_OBJ)
	$(call say,LINK)
	$(Q)$(CC) $(HAKMEM_LINK) -Wl,-z,initfirst -Wl,-soname,$(SONAME) -o $@ $(HAKMEM_LIB_OBJ)
	$(Q)ln -sf libhakmem.so $(@D)/$(SONAME)

$(B)/preload/%.o: src/preload/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS_PRELOAD) -MMD -MP -c -o $@ $<

$(B)/libhbtrace.so: $(PRELOAD_OBJ)
	$(call say,LINK)
	$(Q)$(CC) -shared -Wl,-z,now -Wl,-z,nodelete -o $@ $(PRELOAD_OBJ) -ldl -pthread

# The same with checks, small sizes and hooks for tests (allocators/hakmem/debug.h).
$(B)/debug/%.o: allocators/hakmem/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS_HAKMEM) -DHK_DEBUG -MMD -MP -c -o $@ $<

$(B)/debug/libhakmem.so: $(HAKMEM_LIB_OBJ:$(B)/obj/allocators/hakmem/%=$(B)/debug/%)
	$(call say,LINK)
	$(Q)$(CC) $(HAKMEM_LINK) -Wl,-z,initfirst -Wl,-soname,$(SONAME) -o $@ $^
	$(Q)ln -sf libhakmem.so $(@D)/$(SONAME)

$(B)/libhakmem.a: $(HAKMEM_ARCHIVE_OBJ)
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $(HAKMEM_ARCHIVE_OBJ)

# Built as the suite builds them, for both: a promise is one program, and its head describes it.
$(PROMISE_LIST): $(PROMISES) $(wildcard tests/alloc/*.h tests/alloc/lib/*) tests/alloc/run.sh
	$(call say,LIST)
	$(Q)BUILD='$(B)' tests/alloc/run.sh --promises
	@ln -sfn tests/alloc $(B)/check

# --- tests and checks --------------------------------------------------------------------------

# All rooms, linked once: after an edit this is linked again, and no test.
$(B)/tests/librooms.so: $(ROOM_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(SAN) -shared -Wl,-z,now -o $@ $(ROOM_OBJ) $(LIBS_TOOL)

LINK_ROOMS = -L$(B)/tests -lrooms '-Wl,-rpath,$$ORIGIN/..' $(LIBS_TOOL)

$(B)/tests/unit/%: tests/unit/%.c | $(B)/tests/librooms.so
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS_TOOL) -Itests -MMD -MP -MF $@.d -o $@ $< $(filter %.o,$^) -lcmocka $(LINK_ROOMS)

# Of the worker and of libhbtrace.so, which are no rooms of the harness, the parts that a test names.
$(B)/tests/unit/test_preload: $(B)/preload/pushing.o $(B)/preload/drawing.o
$(B)/tests/unit/test_worker_parts: $(B)/obj/src/worker/books.o

# The fuzzers' corpora as tests, wherever there is a C compiler.
$(B)/tests/replay.o: tests/fuzz/replay.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS_TOOL) -MMD -MP -c -o $@ $<

$(B)/tests/replay/%: tests/fuzz/%.c $(B)/tests/replay.o | $(B)/tests/librooms.so
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS_TOOL) -MMD -MP -MF $@.d -o $@ $< $(B)/tests/replay.o $(LINK_ROOMS)

.PHONY: asan ubsan tsan valgrind alloc-table walk cross cov
asan: ## the tests with the harness under AddressSanitizer
	$(MAKE) test VARIANT=asan
ubsan: ## the tests with the harness under UndefinedBehaviorSanitizer
	$(MAKE) test VARIANT=ubsan
tsan: deps-test ## hakmem under ThreadSanitizer
	tests/alloc/tsan.sh
valgrind: deps-dev $(B)/libhakmem.so ## hakmem under valgrind, on those of its tests that can
	BUILD='$(B)' tests/alloc/valgrind.sh '$(B)/libhakmem.so'
alloc-table: deps-test $(B)/libhakmem.so ## malloc's promises, hakmem and every allocator side by side
	BUILD='$(B)' tests/alloc/table.sh '$(B)/libhakmem.so'
walk: $(B)/libhakmem.so ## a random walk over all of malloc's functions on hakmem (MINUTES=60 SEED=...)
	BUILD='$(B)' tests/alloc/walk.sh '$(B)/libhakmem.so' $$(($(or $(MINUTES),1) * 60)) $(SEED)
cross: ## hakmem built for aarch64, and its tests under qemu-user (T=name: only those)
	@scripts/install-deps.sh --cross
	@$(MAKE) --no-print-directory VARIANT=cross CC=$(CROSS)-gcc AR=$(CROSS)-ar build/cross/libhakmem.so
	BUILD=build/cross CC=$(CROSS)-gcc CXX=$(CROSS)-g++ RUNNER='qemu-aarch64 -L /usr/$(CROSS)' JOBS=2 \
	    tests/alloc/run.sh build/cross/libhakmem.so
cov: deps-dev ## line coverage of the harness, as HTML under build/cov/html
	$(MAKE) test VARIANT=cov
	lcov --quiet --capture --directory build/cov/obj --output-file build/cov/lines.info
	genhtml --quiet build/cov/lines.info --output-directory build/cov/html

build/fuzz/%: tests/fuzz/%.c $(shell find src -name '*.[ch]')
	@mkdir -p $(@D)
	$(call say,FUZZ)
	$(Q)clang $(STD) -O1 -fsanitize=fuzzer,address,undefined -Wall -Werror $(INC) -o $@ $< \
	    $(filter-out src/main.c src/commands/%,$(TOOL_SRC)) $(LIBS_TOOL)

.PHONY: fuzz
fuzz: deps-dev $(B)/gen/version.h $(B)/gen/commands.inc ## fuzz every parser (SECONDS_EACH=60)
	@$(MAKE) --no-print-directory $(FUZZERS)
	tests/fuzz/run.sh $(or $(SECONDS_EACH),60)

.PHONY: mutants
mutants: deps-dev ## set faults into a room or a change, count those that tests catch (ROOM=judge REV=HEAD~3)
	tests/mutants/mutants.py $(if $(ROOM),--room $(call quoted,$(ROOM))) $(if $(REV),--rev $(call quoted,$(REV))) \
	    $(if $(COUNT),--count $(call quoted,$(COUNT))) $(if $(SEED),--seed $(call quoted,$(SEED)))

.PHONY: floors headers names unused
floors: ## include arrows against docs/floors.txt
	@scripts/check-floors.sh
headers: $(B)/gen/version.h $(B)/gen/commands.inc ## each header compiles alone
	@scripts/check-headers.sh
names: all ## exported symbols and file names
	@scripts/check-names.sh $(B)
unused: all ## functions that nobody uses, or tests alone
	@scripts/check-unused.sh $(B)

FORMATTED := $(shell git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' 2>/dev/null)
.PHONY: tidy format format-check
tidy: deps-dev $(B)/gen/version.h $(B)/gen/commands.inc ## clang-tidy over the harness and hakmem
	@clang-tidy --quiet $(TOOL_SRC) -- $(STD) $(INC) 2>/dev/null
	@clang-tidy --quiet $(WORKER_SRC) $(CLOCK_SRC) $(PRELOAD_SRC) $(wildcard allocators/*.c workloads/*.c) -- $(STD) $(INC) \
	    2>/dev/null
	@clang-tidy --quiet $(HAKMEM_SRC) -- $(STD) -Iallocators -Iallocators/hakmem 2>/dev/null
format: ## clang-format in place
	@clang-format -i $(FORMATTED)
format-check: ## clang-format would change nothing
	@clang-format --dry-run -Werror $(FORMATTED)

# --- the manual --------------------------------------------------------------------------------

.PHONY: pages
pages: $(PAGES) ## the manual pages, under build/man

# A page is as old as its text, not as its build. Names and options keep their hyphens, in one line.
$(B)/man/%: docs/man/%.scd Makefile
	@mkdir -p $(@D)
	$(call say,MAN)
	$(Q)SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(stat -c %Y $<)} scdoc <$< >$@.new
	$(Q){ echo .nr HY 0; sed -E '/^(\.|\\h)/!s/\\*-/\\-/g' $@.new; } >$@
	@rm $@.new

# --- installation ------------------------------------------------------------------------------

# PLACE:FILE for everything that is installed: uninstall removes these by name, and no more.
# place FOLDER,FILES: each of the files under its own name.
place     = $(foreach file,$(2),$(1)/$(notdir $(file)):$(file))
MANUAL   := docs/man/libhakmem.3 $(PAGES)
PROGRAMS := bin/hakbench:$(BIN) \
            $(call place,lib/hakbench,$(B)/hakbench-worker $(B)/hakbench-clock.so $(B)/libhbtrace.so) \
            $(call place,lib/hakbench/allocators,$(PLUGINS) $(B)/allocators/hakmem.so) \
            $(call place,lib/hakbench/workloads,$(WORKLOADS)) \
            $(call place,lib/hakbench/check,$(basename $(PROMISES:%=$(B)/%))) \
            $(call place,lib/hakbench/check/lib,$(PROMISE_LIBS)) \
            $(call place,share/hakbench/fleet,$(wildcard scripts/fleet/*.sh)) \
            $(LIBDIR)/$(SONAME):$(B)/libhakmem.so
DATA     := $(call place,$(LIBDIR),$(B)/libhakmem.a) \
            $(call place,lib/hakbench/check,$(PROMISE_LIST)) \
            $(call place,share/hakbench/profiles,$(wildcard profiles/*.json)) \
            $(call place,share/hakbench/profiles/sizes,$(wildcard profiles/sizes/*)) \
            $(call place,include,allocators/hakmem/hakmem.h) \
            $(call place,include/hakbench,$(wildcard allocators/*.h workloads/*.h))
PAGE_LIST := $(foreach page,$(MANUAL),$(call place,share/man/man$(subst .,,$(suffix $(page))),$(page)))
COMPLETION := share/bash-completion/completions/hakbench:scripts/completion/hakbench.bash \
              $(call place,share/zsh/site-functions,scripts/completion/_hakbench) \
              $(call place,share/fish/vendor_completions.d,scripts/completion/hakbench.fish)
# To what a linker takes, and for hakbench to what LD_PRELOAD takes.
LINKS    := $(LIBDIR)/libhakmem.so lib/hakbench/libhakmem.so
# Filled in with where things are: for pkg-config and for CMake's find_package(hakmem).
FILLED   := $(LIBDIR)/pkgconfig/hakmem.pc:scripts/hakmem.pc.in \
            $(LIBDIR)/pkgconfig/hakbench.pc:scripts/hakbench.pc.in \
            $(call place,$(LIBDIR)/cmake/hakmem,scripts/hakmemConfig.cmake scripts/hakmemConfigVersion.cmake)
# Folders of our own, the deepest first: removed when nothing is left in them.
OWN_FOLDERS := $(LIBDIR)/cmake/hakmem lib/hakbench/check/lib lib/hakbench/check lib/hakbench/allocators lib/hakbench/workloads \
               lib/hakbench share/hakbench/fleet share/hakbench/profiles/sizes share/hakbench/profiles share/hakbench include/hakbench

# Paths of the user's may have spaces and quotes in them: in recipes they are words of the shell.
quoted    = '$(subst ','\'',$(1))'
TO       := $(call quoted,$(DESTDIR)$(PREFIX))
# put MODE,LIST: a shell command that installs the list
put       = for entry in $(2); do \
                install -D -m $(1) "$${entry\#*:}" $(TO)/"$${entry%%:*}" || exit $$?; done
# What sed would take for more than itself in a replacement.
sed_text  = $(subst |,\|,$(subst &,\&,$(subst \,\\,$(1))))

# The loader finds a new library by its cache; where it does not look, or only root may say so, a word.
say_loader = ldconfig 2>/dev/null; ldconfig -p 2>/dev/null | grep -qF $(call quoted,$(PREFIX))/lib/libhakmem.so || \
    printf '  the loader does not know %s/lib yet: run ldconfig as root, or set LD_LIBRARY_PATH\n' \
        $(call quoted,$(PREFIX))

.PHONY: install install-files install-manual install-completion uninstall
install: deps-install ## install under PREFIX (default /usr/local), DESTDIR respected
	@$(MAKE) --no-print-directory install-files install-manual install-completion
	@$(if $(DESTDIR),:,$(say_loader))
install-files: all
	$(call put,755,$(PROGRAMS))
	$(call put,644,$(DATA) $(FILLED))
	ln -sf $(SONAME) $(TO)/$(LIBDIR)/libhakmem.so
	ln -sf ../../$(LIBDIR)/$(SONAME) $(TO)/lib/hakbench/libhakmem.so
	for entry in $(FILLED); do \
	    sed -e $(call quoted,s|@PREFIX@|$(call sed_text,$(PREFIX))|) -e 's|@VERSION@|$(VERSION)|' \
	        -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@SONAME@|$(SONAME)|' "$${entry#*:}" \
	        >$(TO)/"$${entry%%:*}" || exit $$?; done
install-manual: $(PAGES)
	$(call put,644,$(PAGE_LIST))
install-completion:
	$(call put,644,$(COMPLETION))
uninstall: ## remove what install put there
	for entry in $(PROGRAMS) $(DATA) $(PAGE_LIST) $(COMPLETION) $(FILLED) $(LINKS); do \
	    rm -f $(TO)/"$${entry%%:*}" || exit $$?; done
	for folder in $(OWN_FOLDERS); do \
	    [ ! -d $(TO)/"$$folder" ] || rmdir --ignore-fail-on-non-empty $(TO)/"$$folder"; done

.PHONY: readme-table
readme-table: deps all ## the table of README.md from a suite of BUDGET (60m), or of SUITE=FOLDER that is there
	@scripts/readme-table.sh $(or $(SUITE),$(BUDGET))

.PHONY: clean
clean: ## remove what was built (results stay)
	rm -rf build hakbench

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# --- packages ----------------------------------------------------------------------------------

DIST := hakbench-$(VERSION)
.PHONY: dist deb
dist: ## build/hakbench-VERSION.tar.gz of the last commit: builds without git
	@mkdir -p build
	git archive --prefix=$(DIST)/ --add-virtual-file=$(DIST)/COMMIT:"$$(git rev-parse --short=12 HEAD)" \
	    -o build/$(DIST).tar.gz HEAD
deb: ## build/deb: Debian packages hakbench, libhakmem1, libhakmem-dev, of the last commit
	@scripts/install-deps.sh --deb
	@$(MAKE) --no-print-directory dist
	rm -rf build/deb
	mkdir -p build/deb
	tar -C build/deb -xf build/$(DIST).tar.gz
	cd build/deb/$(DIST) && dpkg-buildpackage --build=binary --no-sign
	rm -rf build/deb/$(DIST)
	lintian --fail-on error,warning build/deb/*.changes
