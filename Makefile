# Understudy: `make demo` shows a real failover, `make check` passes the tests; both set the machine up first.
# V=1 prints whole commands. BUILD=dir builds elsewhere, SANITIZE=1 with ASan and UBSan.

BUILD    ?= build
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2);)
CC       := gcc
CFLAGS   ?= -O2 -g
PACKAGES := gcc make pkg-config ragel liblua5.4-dev liblmdb-dev libuv1-dev libzmq3-dev libvlc-dev libvlccore-dev libvlc-bin \
            vlc-plugin-base libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libcurl4-gnutls-dev libmicrohttpd-dev libncurses-dev curl libjansson-dev libexpat1-dev nettle-dev \
            libcmocka-dev ffmpeg clang-format graphviz jq tzdata spin mandoc \
            iproute2 nftables bindfs procps etcd-server openssl socat
WARNINGS := -Wall -Wextra -Werror -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wswitch-enum -Wformat=2 -Wundef -Wvla -Wpointer-arith -Wwrite-strings
CPPFLAGS := -I. -D_GNU_SOURCE -MMD -MP
ALL_CFLAGS = -std=c11 -fPIC $(WARNINGS) $(CFLAGS)
ifdef SANITIZE
ALL_CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS  += -fsanitize=address,undefined
endif

# A room is a folder; all of it but main.c is an archive, so that tests link the same objects as the programs.
ROOMS    := dsl compiler runtime runtime/engine runtime/sim runtime/node recorder
sources   = $(wildcard $(1)/*.c)
archive   = $(BUILD)/lib/$(subst /,-,$(1)).a
object    = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
pkg       = $(shell pkg-config --$(1) $(2) 2>/dev/null)

# What each program is made of: rooms in link order, then libraries.
PROGRAMS := understudy understudy-sim understudy-node understudy-recorder
ROOMS_understudy          := compiler dsl runtime
LIBS_understudy           := lua5.4 jansson expat nettle
MAIN_understudy           := compiler/main.c
ROOMS_understudy-sim      := runtime/sim runtime/engine runtime
LIBS_understudy-sim       := jansson nettle
MAIN_understudy-sim       := runtime/sim/main.c
# Of the recorder's room the node links nothing but what finds a secret by its name.
ROOMS_understudy-node     := runtime/node runtime/engine runtime recorder
LIBS_understudy-node      := libuv libzmq libcurl libmicrohttpd ncursesw jansson nettle
LDLIBS_understudy-node    := -llmdb
MAIN_understudy-node      := runtime/node/main.c
ROOMS_understudy-recorder := recorder
LIBS_understudy-recorder  := libvlc libcurl libavformat libavcodec libswscale libavutil libmicrohttpd hogweed nettle jansson
MAIN_understudy-recorder  := recorder/main.c
# The recorder finds only the private copy of libvlc and its few plugins (recorder/plugins.mk), also transitively.
LDLIBS_understudy-recorder := -Wl,--disable-new-dtags -Wl,-rpath,'$$ORIGIN/../vlc'

bins := $(PROGRAMS:%=$(BUILD)/bin/%)
.PHONY: all deps check unit system bed explore-long etcd-rounds page-check archive-page-check status-page-check node-kills deploy-long recorder-soak standby-soak demo lint asan tsan bench clean
.DEFAULT_GOAL := all

# RUNLEVEL=1: what a package brings as a service (etcd) is not started.
deps:
	@missing=; for p in $(PACKAGES); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; sudo=; [ $$(id -u) = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq -y --no-install-recommends $$missing >/dev/null; fi

all: $(bins) $(BUILD)/vlc/.made

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -c -o $@ $<

define room_rules
$(call archive,$(1)): $(call object,$(filter-out $(1)/main.c,$(call sources,$(1))))
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)rm -f $$@ && ar crs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

define program_rules
$(BUILD)/bin/$(1): $(call object,$(MAIN_$(1))) $(foreach r,$(ROOMS_$(1)),$(call archive,$(r)))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$(CC) $$(LDFLAGS) -o $$@ $$^ $$(call pkg,libs,$(LIBS_$(1))) $$(LDLIBS_$(1)) -ldl -lpthread -lm
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$(p))))

# Headers of libraries are system headers: our warnings are not theirs.
lua_room := $(call object,$(call sources,dsl) $(wildcard tests/dsl/*.c))
$(lua_room): EXTRA_CFLAGS = $(subst -I,-isystem ,$(call pkg,cflags,lua5.4))
# Files that the compiler carries inside.
$(BUILD)/obj/compiler/embedded.o: compiler/host.rl runtime/machine.h
$(BUILD)/obj/runtime/sim/page.o: $(wildcard runtime/sim/page*.html runtime/sim/page*.css runtime/sim/page*.js)
$(BUILD)/obj/recorder/serve_page.o: $(wildcard recorder/serve*.html recorder/serve*.css recorder/serve*.js)
$(BUILD)/obj/runtime/node/page_answer.o: runtime/node/page.css runtime/node/page.js
-include recorder/plugins.mk recorder/player.mk runtime/install/install.mk tests/camera/camera.mk tests/fuzz/fuzz.mk

# ---- tests: tests/<room>/test_<noun>.c is a program of its own, linked with the rooms that its room needs ----
TESTS_dsl      := compiler dsl runtime
TESTS_compiler := compiler dsl runtime
TESTS_engine   := runtime/engine runtime
TESTS_sim      := runtime/sim runtime/engine runtime
TESTS_node     := runtime/node runtime/engine runtime recorder
TESTS_recorder := recorder
TESTS_spin     := runtime
LIBS_dsl       := $(LIBS_understudy)
LIBS_compiler  := $(LIBS_understudy)
LIBS_engine    := nettle
LIBS_sim       := $(LIBS_understudy-sim)
LIBS_node      := $(LIBS_understudy-node)
LIBS_recorder  := $(LIBS_understudy-recorder)
LIBS_spin      := nettle
TEST_ROOMS     := sim recorder node spin engine compiler dsl
test_programs   = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/$(1)/test_*.c))

define test_rules
$(call test_programs,$(1)): $(BUILD)/tests/$(1)/%: $(BUILD)/obj/tests/$(1)/%.o $(foreach r,$(TESTS_$(1)),$(call archive,$(r)))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$(CC) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) -lcmocka $$(call pkg,libs,$(LIBS_$(1))) $$(LDLIBS_understudy-$(1)) -ldl -lpthread -lm
endef
$(foreach r,$(TEST_ROOMS),$(eval $(call test_rules,$(r))))
$(BUILD)/tests/spin/test_spin: $(patsubst %,$(BUILD)/obj/tests/spin/%.o,model rivals rivals_acts rivals_table rivals_promela)
$(BUILD)/tests/sim/test_explore: $(BUILD)/obj/tests/sim/wrong.o
$(BUILD)/tests/engine/test_soak: $(BUILD)/obj/tests/engine/world.o $(BUILD)/obj/tests/engine/world_rules.o
unit_tests := $(foreach r,$(TEST_ROOMS),$(call test_programs,$(r)))

# Each bounded, as many at once as there are processors and one more, for some mostly wait; they find the programs by UNDERSTUDY_BIN.
unit: all $(unit_tests) $(camera_tests)
	@printf '%s\n' $(unit_tests) $(camera_tests) | UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests \
	  xargs -P $$(($$(nproc) + 1)) -n 1 sh tests/unit.sh | tee $(BUILD)/tests/unit.log; \
	passed=$$(grep -c '^  PASS ' $(BUILD)/tests/unit.log); failed=$$(grep -c '^  FAIL ' $(BUILD)/tests/unit.log); \
	sh tests/rules.sh || failed=$$((failed + 1)); echo "$$passed passed, $$failed failed"; [ $$failed = 0 ]

# Real processes, cameras and recordings; two at a time where each can have a network of its own.
demo_clips := $(patsubst %,$(BUILD)/tests/clip-%.ts,1 2 3)
system: all $(camera_programs) $(demo_clips) $(BUILD)/tests/fault.so $(BUILD)/tests/clock.so
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/system/run.sh $(wildcard tests/system/test_*.sh)

check: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all $(unit_tests) $(camera_tests) $(camera_programs) $(demo_clips)
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory system

# Hosts in network namespaces whose power, network and volumes fail, against the dry run of the same outages; by hand, as root, for it
# takes some minutes. BED="tests/bed/outages/pair-power.lua ..." plays only these, BED="--seed 7 --count 3" random ones.
bed_clips := $(patsubst %,$(BUILD)/tests/clip-%.ts,1 2 3 4 5 6)
BED ?= $(wildcard tests/bed/outages/*.lua)
bed: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all $(camera_programs) $(bed_clips) $(BUILD)/tests/attacker $(BUILD)/tests/clock.so
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/bed/bed.sh $(BED)

$(BUILD)/tests/clock.so: tests/bed/clock.c
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -D_GNU_SOURCE -std=c11 -fPIC $(WARNINGS) -O2 -shared -o $@ $<

$(BUILD)/tests/attacker: $(BUILD)/obj/tests/bed/attacker.o
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

# Orders of faults that take longer than a test may, up to a quarter of an hour and 17 GB each; by hand.
explore-long: all
	@for s in "tests/engine/sites/pair.lua 3" "tests/engine/sites/manual.lua 3" "tests/engine/sites/also.lua 3" \
	  "tests/engine/sites/ring.lua 2" "tests/engine/sites/two.lua 2" "tests/engine/sites/two.lua 3 --prompt" \
	  "examples/05-two-standbys/topology.lua 3 --prompt"; do set -- $$s; echo "$$1, up to $$2 faults $$3"; \
	  $(BUILD)/bin/understudy explore $$1 --faults $$2 $$3 --states 400000000 || exit 1; done

# A new deployment while a coordinator decides, and take-overs by it, many in a row, while its leader dies; by hand. ROUNDS=100 for
# more than 10.
etcd-rounds: all $(camera_programs) $(demo_clips)
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/system/etcd_deploy.sh
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/system/etcd_rounds.sh

# The page of a dry run in a real browser; by hand, for it needs chromium.
page-check: $(BUILD)/bin/understudy $(BUILD)/bin/understudy-sim
	@UNDERSTUDY_BIN=$(BUILD)/bin sh tests/sim/page.sh

# The page of the archive, likewise; it needs node and npm too.
archive-page-check: all player $(camera_programs) $(demo_clips)
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/recorder/serve.sh

# The page of a node, likewise: a failover is seen happening.
status-page-check: all $(camera_programs) $(demo_clips)
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/node/page.sh

# A day of one camera as fast as the disk takes it, with faults throughout, and a thousand kill -9 of its writer; by hand.
recorder-soak: all $(BUILD)/tests/recorder-soak $(BUILD)/tests/fault.so $(BUILD)/tests/recorder/test_crash
	@work=$$(mktemp -d /tmp/understudy-soak-XXXXXX) && { FAULTS=$$work LD_PRELOAD=$(abspath $(BUILD))/tests/fault.so \
	  $(BUILD)/tests/recorder-soak $(HOURS); code=$$?; rm -rf $$work; exit $$code; }
	@UNDERSTUDY_KILLS=1000 $(BUILD)/tests/recorder/test_crash

$(BUILD)/tests/recorder-soak: $(BUILD)/obj/tests/recorder/soak.o $(call archive,recorder)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,libs,$(LIBS_recorder)) $(LDLIBS_understudy-recorder) -lpthread -lm

# A standby's recorder through one take-over after another; by hand. MINUTES=600 for more than half an hour.
standby-soak: all $(camera_programs) $(demo_clips)
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/system/soak.sh

# A thousand kill -9: of whoever writes a journal, and of a node; by hand.
node-kills: all $(BUILD)/tests/node/test_journal
	@UNDERSTUDY_KILLS=1000 $(BUILD)/tests/node/test_journal
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/system/kills.sh

# New deployments while mains are carried and nodes are killed; by hand.
deploy-long: all $(camera_programs) $(demo_clips)
	@LONG=1 UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/system/test_deploy.sh

demo: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all $(camera_programs) $(demo_clips)
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/system/demo.sh

asan: deps
	@$(MAKE) --no-print-directory -j$$(nproc) BUILD=$(BUILD)/asan SANITIZE=1 CFLAGS='-O1 -g' unit

# Data races in what has threads of its own; by hand. -R: the sanitizer needs addresses where it expects them.
tsan: deps
	@TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp halt_on_error=1" setarch -R $(MAKE) --no-print-directory -j$$(nproc) \
	  BUILD=$(BUILD)/tsan TEST_ROOMS='recorder node' CFLAGS='-O1 -g -fsanitize=thread' LDFLAGS=-fsanitize=thread unit

lint: all
	@tests/lint/format.sh && tests/lint/includes.sh && tests/lint/purity.sh $(call archive,runtime/engine)
	@tests/lint/paths.sh && tests/lint/picture.sh $(BUILD)/bin && tests/lint/reference.sh $(BUILD)/bin/understudy

# Speed, as ratios beside a named peer in the same run; nothing fails on a time. The peers are installed first.
# OUTAGES: over how many power failures detection and take-over are measured, 8 s each on two sites; as root, for they are of hosts in namespaces.
OUTAGES ?= 100
bench:
	@$(MAKE) --no-print-directory deps PACKAGES='$(PACKAGES) lua5.4 bsdextrautils pacemaker-cli-utils keepalived'
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@sh tests/bench/compile.sh $(BUILD)/bin/understudy
	@$(MAKE) --no-print-directory $(BUILD)/tests/bench-index $(BUILD)/tests/bench-keep && sh tests/bench/archive.sh $(BUILD)
	@$(MAKE) --no-print-directory camera $(BUILD)/tests/bench-recorder && sh tests/bench/recorder.sh $(BUILD)
	@$(MAKE) --no-print-directory $(BUILD)/tests/bench-dryrun $(BUILD)/tests/bench-model && sh tests/bench/dryrun.sh $(BUILD)
	@$(MAKE) --no-print-directory $(BUILD)/tests/bench-links && sh tests/bench/links.sh $(BUILD)
	@$(MAKE) --no-print-directory $(camera_programs) $(bed_clips) $(BUILD)/tests/clock.so
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/bed/bed.sh --figures $(OUTAGES)
	@UNDERSTUDY_BIN=$(BUILD)/bin UNDERSTUDY_TESTS=$(BUILD)/tests sh tests/bed/bed.sh --site tests/bed/sites/etcd.lua --figures $(OUTAGES)

$(BUILD)/tests/bench-index: $(BUILD)/obj/tests/bench/index.o $(call archive,recorder)
$(BUILD)/tests/bench-keep: $(BUILD)/obj/tests/bench/keep.o $(call archive,recorder)
$(BUILD)/tests/bench-index $(BUILD)/tests/bench-keep:
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,libs,nettle $(LIBS_recorder)) $(LDLIBS_understudy-recorder) -lpthread -lm

$(BUILD)/tests/bench-links: $(BUILD)/obj/tests/bench/links.o $(call archive,runtime/node) $(call archive,runtime/engine) $(call archive,runtime)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,libs,$(LIBS_understudy-node)) -ldl -lm

$(BUILD)/tests/bench-recorder: $(BUILD)/obj/tests/bench/recorder.o
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^

bench_sim := $(call archive,runtime/sim) $(call archive,runtime/engine) $(call archive,runtime)
$(BUILD)/tests/bench-dryrun: $(BUILD)/obj/tests/bench/dryrun.o $(bench_sim)
$(BUILD)/tests/bench-model: $(BUILD)/obj/tests/bench/model.o $(BUILD)/obj/tests/spin/model.o $(bench_sim)
$(BUILD)/tests/bench-dryrun $(BUILD)/tests/bench-model:
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,libs,$(LIBS_understudy-sim)) -ldl -lm

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
