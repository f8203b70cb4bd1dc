# The recorder's private libvlc: the two libraries and only the plugins that lead a frame from memory through the
# TS muxer back to memory, the last of them our own. A media library that has no other plugin can open no address and no file.
# Plugins are made for one version of libvlc: ours is compiled for that which is copied here.

VLC_LIB     := $(shell pkg-config --variable=libdir libvlc 2>/dev/null)
VLC_PLUGINS := access/access_imem packetizer/packetizer_h264 mux/mux_ts stream_out/stream_out_standard
vlc_plugin   = $(VLC_LIB)/vlc/plugins/$(dir $(1))lib$(notdir $(1))_plugin.so

$(BUILD)/obj/recorder/plugin/outlet.so: recorder/plugin/outlet.c recorder/outlet.h
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -I. -std=gnu11 -fPIC $(WARNINGS) -O2 -DMODULE_STRING='"outlet"' $(subst -I,-isystem ,$(call pkg,cflags,vlc-plugin)) -shared -o $@ $<

$(BUILD)/vlc/.made: $(BUILD)/obj/recorder/plugin/outlet.so recorder/plugins.mk $(VLC_LIB)/libvlccore.so.9 $(VLC_LIB)/libvlc.so.5
	$(call say,VLC,$(@D))rm -rf $(@D) && mkdir -p $(@D)/vlc/plugins && cp $(VLC_LIB)/libvlccore.so.9 $(VLC_LIB)/libvlc.so.5 $(@D)/
	$(Q)cp $(foreach p,$(VLC_PLUGINS),$(call vlc_plugin,$(p))) $(@D)/vlc/plugins/ && cp $< $(@D)/vlc/plugins/liboutlet_plugin.so
	$(Q)LD_LIBRARY_PATH=$(abspath $(@D)) $(VLC_LIB)/vlc/vlc-cache-gen $(abspath $(@D))/vlc/plugins && touch $@

# The hand driver of a worker, for tests and trials: $(BUILD)/tests/order.
$(BUILD)/tests/order: $(BUILD)/obj/tests/recorder/order.o $(call archive,recorder)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^
# What the tests of a worker run.
$(BUILD)/tests/recorder/test_worker: | $(BUILD)/tests/fault.so
worker_tests := $(patsubst %,$(BUILD)/tests/recorder/test_%,worker handback standstill sources groups https)
$(worker_tests): $(BUILD)/obj/tests/recorder/driven.o | $(BUILD)/bin/understudy-recorder $(BUILD)/tests/camera \
  $(BUILD)/tests/frames $(BUILD)/tests/clip.ts
$(BUILD)/tests/recorder/test_keeper: | $(BUILD)/tests/fault.so

# What the tests of sources run: cameras of every kind.
$(BUILD)/tests/recorder/test_sources: $(BUILD)/obj/tests/recorder/http_camera.o | $(BUILD)/tests/rtsp
$(BUILD)/tests/recorder/test_https: $(BUILD)/obj/tests/recorder/http_camera.o
$(BUILD)/tests/rtsp: $(BUILD)/obj/tests/recorder/rtsp.o
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(call pkg,libs,libvlc)

# Volumes that hang or fail, put before libc in tests: $(BUILD)/tests/fault.so.
$(BUILD)/tests/fault.so: tests/recorder/fault.c
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -I. -D_GNU_SOURCE -std=c11 -fPIC $(WARNINGS) -O2 -shared -o $@ $<
