# hls.js, which plays HLS where the browser does not: fetched by npm, checked by its digest, laid beside the programs
# ($(BUILD)/player/hls.js) and never committed. Without it the page plays in browsers that know HLS by themselves.

PLAYER_VERSION := 1.7.4
PLAYER_SHA256  := e4ab3d5d13f7cca9ef241d098f39686e19fd451831ba07dc9943482fd5ff75c7
.PHONY: player
player: $(BUILD)/player/hls.js

$(BUILD)/player/hls.js: recorder/player.mk
	$(call say,PLAYER,hls.js $(PLAYER_VERSION))rm -rf $(@D) && mkdir -p $(@D) && cd $(@D) && \
	  { command -v npm >/dev/null || { echo 'npm is needed for this (package npm)'; exit 1; }; } && \
	  npm pack --silent hls.js@$(PLAYER_VERSION) >/dev/null && \
	  echo '$(PLAYER_SHA256)  hls.js-$(PLAYER_VERSION).tgz' | sha256sum --check --quiet && \
	  tar xzf hls.js-$(PLAYER_VERSION).tgz package/dist/hls.light.min.js package/LICENSE && \
	  mv package/LICENSE hls.js.LICENSE && mv package/dist/hls.light.min.js hls.js && rm -r package *.tgz
