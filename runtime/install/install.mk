# `make install` puts Understudy below PREFIX (in a staged tree with DESTDIR), `make uninstall` takes away what it put there,
# `make deb` makes Debian packages of it. The programs find each other and their libvlc in one folder, as in $(BUILD):
# PREFIX/lib/understudy/bin, vlc and player; PREFIX/bin holds links. The manual and the completion are made from the help of
# the verbs, so that nothing is told twice.

DESTDIR   ?=
PREFIX    ?= /usr/local
LIBDIR    ?= $(PREFIX)/lib/understudy
MANDIR    ?= $(PREFIX)/share/man
DOCDIR    ?= $(PREFIX)/share/doc/understudy
BASHDIR   ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR    ?= $(PREFIX)/share/zsh/site-functions
UNITDIR   ?= $(PREFIX)/lib/systemd/system
# The moment of what is checked out: the dates in what is made, so that the same sources give the same bytes.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH

INSTALL_SOURCES := runtime/install
made            := $(BUILD)/install
installed       := $(made)/understudy.1 $(made)/understudy-node.8 $(made)/understudy.bash $(made)/_understudy $(made)/understudy-node@.service
.PHONY: install install-programs install-files uninstall deb deb-check

$(made)/help/list: $(INSTALL_SOURCES)/help.sh $(bins)
	$(call say,HELP,$(@D))sh $< $(BUILD)/bin/understudy $(@D)

manual = awk -v page=$(1) -v version="$$(cut -d' ' -f1,2 $(made)/help/version)" -v date="$$(date -u -d @$(SOURCE_DATE_EPOCH) +%F)" \
  -v help=$(made)/help -v unit=$(INSTALL_SOURCES)/understudy-node@.service.in -f $(INSTALL_SOURCES)/manual.awk $(made)/help/list
$(made)/understudy.1: $(INSTALL_SOURCES)/manual.awk $(made)/help/list
	$(call say,MAN,$@)$(call manual,1) >$@
$(made)/understudy-node.8: $(INSTALL_SOURCES)/manual.awk $(INSTALL_SOURCES)/understudy-node@.service.in $(made)/help/list
	$(call say,MAN,$@)$(call manual,8) >$@

completion = { cat $(INSTALL_SOURCES)/completion.$(1) && \
  awk -v help=$(made)/help -f $(INSTALL_SOURCES)/completion.awk $(made)/help/list; }
$(made)/understudy.bash: $(INSTALL_SOURCES)/completion.bash $(INSTALL_SOURCES)/completion.awk $(made)/help/list
	$(Q)$(call completion,bash) >$@
$(made)/_understudy: $(INSTALL_SOURCES)/completion.zsh $(INSTALL_SOURCES)/completion.awk $(made)/help/list
	$(Q){ $(call completion,zsh) && printf '\n_understudy "$$@"\n'; } >$@
$(made)/understudy-node@.service: $(INSTALL_SOURCES)/understudy-node@.service.in FORCE
	@mkdir -p $(@D)
	$(Q)sed 's#@LIBDIR@#$(LIBDIR)#' $< >$@
FORCE:

put = install -D -m 644 $(1) $(DESTDIR)$(2)
install: install-programs install-files

# The cache of libvlc names the times of its plugins: they get theirs first.
install-programs: all
	$(call say,INSTALL,$(DESTDIR)$(LIBDIR))install -d $(DESTDIR)$(LIBDIR)/bin $(DESTDIR)$(LIBDIR)/vlc/vlc/plugins $(DESTDIR)$(PREFIX)/bin
	$(Q)install -m 755 $(bins) $(DESTDIR)$(LIBDIR)/bin/
	$(Q)install -m 644 $(BUILD)/vlc/*.so.* $(DESTDIR)$(LIBDIR)/vlc/
	$(Q)install -m 644 $(BUILD)/vlc/vlc/plugins/*.so $(DESTDIR)$(LIBDIR)/vlc/vlc/plugins/
	$(Q)touch -d @$(SOURCE_DATE_EPOCH) $(DESTDIR)$(LIBDIR)/vlc/vlc/plugins/*.so
	$(Q)LD_LIBRARY_PATH=$(BUILD)/vlc $(VLC_LIB)/vlc/vlc-cache-gen $(abspath $(DESTDIR)$(LIBDIR))/vlc/vlc/plugins
	$(Q)if [ -e $(BUILD)/player/hls.js ]; then install -d $(DESTDIR)$(LIBDIR)/player && \
	  install -m 644 $(BUILD)/player/hls.js $(BUILD)/player/hls.js.LICENSE $(DESTDIR)$(LIBDIR)/player/; fi
	$(Q)ln -sfr $(DESTDIR)$(LIBDIR)/bin/understudy $(DESTDIR)$(PREFIX)/bin/understudy
	$(Q)install -d $(DESTDIR)$(PREFIX)/sbin
	$(Q)ln -sfr $(DESTDIR)$(LIBDIR)/bin/understudy-node $(DESTDIR)$(PREFIX)/sbin/understudy-node

install-files: $(installed)
	$(Q)$(call put,$(made)/understudy.1,$(MANDIR)/man1/understudy.1)
	$(Q)$(call put,$(made)/understudy-node.8,$(MANDIR)/man8/understudy-node.8)
	$(Q)$(call put,$(made)/understudy.bash,$(BASHDIR)/understudy)
	$(Q)$(call put,$(made)/_understudy,$(ZSHDIR)/_understudy)
	$(Q)$(call put,$(made)/understudy-node@.service,$(UNITDIR)/understudy-node@.service)
	$(Q)$(call put,$(INSTALL_SOURCES)/understudy.sysusers,$(PREFIX)/lib/sysusers.d/understudy.conf)
	$(Q)$(call put,$(INSTALL_SOURCES)/understudy.tmpfiles,$(PREFIX)/lib/tmpfiles.d/understudy.conf)
	$(Q)for f in README.md LICENSE dsl/reference.md; do $(call put,$$f,$(DOCDIR)/$$(basename $$f)) || exit 1; done
	$(Q)for f in examples/*/*; do $(call put,$$f,$(DOCDIR)/$$f) || exit 1; done

# What `install` puts there and nothing else: no deployment, key, state or footage.
uninstall:
	rm -rf $(DESTDIR)$(LIBDIR) $(DESTDIR)$(DOCDIR)
	rm -f $(DESTDIR)$(PREFIX)/bin/understudy $(DESTDIR)$(PREFIX)/sbin/understudy-node $(DESTDIR)$(MANDIR)/man1/understudy.1 \
	  $(DESTDIR)$(MANDIR)/man8/understudy-node.8 $(DESTDIR)$(BASHDIR)/understudy $(DESTDIR)$(ZSHDIR)/_understudy \
	  $(DESTDIR)$(UNITDIR)/understudy-node@.service $(DESTDIR)$(PREFIX)/lib/sysusers.d/understudy.conf \
	  $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/understudy.conf

# ---- Debian packages: $(BUILD)/deb/*.deb ----
# Built apart, hardened, without the path of this folder in what is made; TZ and locale are the same everywhere.
DEB         := $(BUILD)/deb
DEB_FLAGS    = $(shell DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --get $(1))
DEB_VERSION ?= $(shell $(BUILD)/bin/understudy --version | cut -d' ' -f2)+$(shell date -u -d @$(SOURCE_DATE_EPOCH) +%Y%m%d%H%M%S)
deb: $(bins)
	@$(MAKE) --no-print-directory -j$$(nproc) BUILD=$(DEB)/build CFLAGS='$(call DEB_FLAGS,CFLAGS) $(call DEB_FLAGS,CPPFLAGS)' \
	  LDFLAGS='$(call DEB_FLAGS,LDFLAGS)' all
	@rm -rf $(DEB)/staged $(DEB)/*.deb && [ ! -d $(BUILD)/player ] || cp -r $(BUILD)/player $(DEB)/build/
	@$(MAKE) --no-print-directory BUILD=$(DEB)/build PREFIX=/usr DESTDIR=$(DEB)/staged ZSHDIR=/usr/share/zsh/vendor-completions install
	@sh $(INSTALL_SOURCES)/deb.sh $(DEB)/staged $(DEB_VERSION) $(DEB)

# Installs, runs, upgrades and purges them in a fresh Debian system of their own; by hand, for it takes minutes and needs root.
deb-check: deb $(camera_programs) $(demo_clips)
	@sh tests/system/deb.sh $(DEB)
