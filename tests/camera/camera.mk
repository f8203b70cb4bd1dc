# The test camera, its clip, and the reader of recorded frame counters.

AV_camera        := libavformat libavcodec libavutil
BINS_camera      := camera clip frames
PARTS_camera     := camera footage rtp rtsp auth viewer
PARTS_clip       := clip counter
PARTS_frames     := frames recording sequence counter
LIBS_frames      := jansson

camera_tests := $(BINS_camera:%=$(BUILD)/tests/%)
.PHONY: camera
camera: $(camera_tests) $(BUILD)/tests/clip.ts

define camera_rules
$(BUILD)/tests/$(1): $(PARTS_$(1):%=$(BUILD)/obj/tests/camera/%.o)
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)$(CC) $$(LDFLAGS) -o $$@ $$^ $$(call pkg,libs,$(AV_camera) $(LIBS_$(1)))
endef
$(foreach p,$(BINS_camera),$(eval $(call camera_rules,$(p))))

# Ten minutes of 25 frames a second: the counter is unambiguous over any test.
$(BUILD)/tests/clip.ts: $(BUILD)/tests/clip
	$(call say,CLIP,$@)$< $@

# A clip with its own number in every picture: $(BUILD)/tests/clip-3.ts is camera 3's.
$(BUILD)/tests/clip-%.ts: $(BUILD)/tests/clip
	$(call say,CLIP,$@)$< --camera $* $@
