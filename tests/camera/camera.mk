# The test camera, its clip, and the reader of recorded frame counters: $(camera_programs); and their own tests.

AV_camera       := libavformat libavcodec libavutil
BINS_camera     := camera clip frames
PARTS_camera    := camera options footage rtp rtsp auth viewer
PARTS_clip      := clip counter
PARTS_frames    := frames recording sequence counter
LIBS_frames     := jansson
PARTS_test_counter   := counter
PARTS_test_sequence  := sequence counter
PARTS_test_rtp       := rtp footage
PARTS_test_rtsp      := rtsp auth
PARTS_test_recording := recording counter child
PARTS_test_viewer    := viewer rtsp auth rtp footage
PARTS_test_camera    := child

camera_object    = $(1:%=$(BUILD)/obj/tests/camera/%.o)
camera_units    := $(patsubst tests/camera/%.c,%,$(wildcard tests/camera/test_*.c))
camera_tests    := $(camera_units:%=$(BUILD)/tests/camera-tests/%)
camera_programs := $(BINS_camera:%=$(BUILD)/tests/%) $(BUILD)/tests/clip.ts
.PHONY: camera camera-check
camera: $(camera_programs)

define camera_rules
$(BUILD)/tests/$(1): $(call camera_object,$(PARTS_$(1)))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$(CC) $$(LDFLAGS) -o $$@ $$^ $$(call pkg,libs,$(AV_camera) $(LIBS_$(1)))
endef
$(foreach p,$(BINS_camera),$(eval $(call camera_rules,$(p))))

# The tests of whole programs run them, and find them by UNDERSTUDY_TESTS.
define camera_test_rules
$(BUILD)/tests/camera-tests/$(1): $(call camera_object,$(1) $(PARTS_$(1))) | $(camera_programs)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$(CC) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) -lcmocka $$(call pkg,libs,$(AV_camera))
endef
$(foreach t,$(camera_units),$(eval $(call camera_test_rules,$(t))))

camera-check: $(camera_tests)
	@for t in $^; do UNDERSTUDY_TESTS=$(BUILD)/tests timeout 60 $$t || exit 1; done

# Ten minutes of 25 frames a second: the counter is unambiguous over any test.
$(BUILD)/tests/clip.ts: $(BUILD)/tests/clip
	$(call say,CLIP,$@)$< $@

# A clip with its own number in every picture: $(BUILD)/tests/clip-3.ts is camera 3's.
$(BUILD)/tests/clip-%.ts: $(BUILD)/tests/clip
	$(call say,CLIP,$@)$< --camera $* $@
