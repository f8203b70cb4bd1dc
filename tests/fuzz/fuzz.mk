# Fuzzing with libFuzzer (packages clang and libclang-rt-dev): `make fuzz` runs every target for FUZZ_SECONDS, as many at once as there
# are processors, from its corpus here and what earlier runs have found in $(BUILD)/fuzz/found. One target: make fuzz FUZZ=topology FUZZ_SECONDS=600.

FUZZ         ?= units locate topology outage image script archive footage camera etcd parcel wire control
FUZZ_SECONDS ?= 20
FUZZ_PACKAGES := clang libclang-rt-dev
FUZZ_SANITIZERS := address,undefined
FUZZ_OPTIONS := -timeout=30 -rss_limit_mb=4096 -print_final_stats=1 -verbosity=0
# More seeds, and what a target needs beside the defaults.
fuzz_seeds_topology  := tests/golden tests/engine/sites examples/01-pair examples/02-shared-nas examples/04-mutual
fuzz_seeds_locate    := tests/golden
fuzz_seeds_outage    := tests/golden examples/03-n-to-one
fuzz_options_topology := -dict=tests/fuzz/lua.dict -max_len=3000
fuzz_options_outage  := $(fuzz_options_topology)
fuzz_options_locate  := -dict=tests/fuzz/lua.dict -max_len=1000
fuzz_options_units   := -max_len=64
fuzz_options_footage := -max_len=65536 -rss_limit_mb=2048
fuzz_options_camera  := -max_len=8192
fuzz_options_etcd    := -max_len=4096
fuzz_options_parcel  := -max_len=4096
fuzz_options_wire    := -max_len=2048
fuzz_options_control := -max_len=4096
fuzz_libraries       := runtime-node runtime-sim runtime-engine compiler dsl runtime recorder
fuzz_runs := $(FUZZ:%=fuzz-run-%)
.PHONY: fuzz fuzz-programs $(fuzz_runs)

fuzz:
	@$(MAKE) --no-print-directory deps PACKAGES='$(PACKAGES) $(FUZZ_PACKAGES)'
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang WARNINGS='-Wall -Werror' \
	  CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,$(FUZZ_SANITIZERS) -fno-sanitize-recover=all' -j$$(nproc) fuzz-programs
	@$(MAKE) --no-print-directory -j$$(nproc) $(fuzz_runs)

$(fuzz_runs): fuzz-run-%:
	@mkdir -p $(BUILD)/fuzz/found/$* && \
	  $(BUILD)/fuzz/bin/fuzz_$* $(FUZZ_OPTIONS) $(fuzz_options_$*) -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(BUILD)/fuzz/$*- \
	  $(BUILD)/fuzz/found/$* $(wildcard tests/fuzz/corpus/$*) $(fuzz_seeds_$*) >$(BUILD)/fuzz/$*.log 2>&1 \
	  && echo "  FUZZ    $*, $(FUZZ_SECONDS) s, $$(sed -n 's/^stat::number_of_executed_units: *//p' $(BUILD)/fuzz/$*.log) inputs" || { tail -40 $(BUILD)/fuzz/$*.log; exit 1; }

fuzz-programs: $(FUZZ:%=$(BUILD)/bin/fuzz_%)

$(BUILD)/bin/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(fuzz_libraries:%=$(BUILD)/lib/%.a)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -fsanitize=fuzzer,$(FUZZ_SANITIZERS) -o $@ $^ $(call pkg,libs,$(LIBS_understudy) $(LIBS_understudy-node) $(LIBS_understudy-recorder)) $(LDLIBS_understudy-node) -ldl -lpthread -lm

$(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/fuzz/*.c)): EXTRA_CFLAGS = $(subst -I,-isystem ,$(call pkg,cflags,lua5.4))
