#!/bin/sh
# Runs a command on all that must not be lost: in the container of backups each night at half past two; with --now as the
# first word once, at once, as systemd's timer does.
#
# Provisioning, the bots and Synapse have a folder each, with users of their own (a container's volume; as services bound
# to the same places). Here they are put together as one data folder, of links.
set -eu
umask 077
volumes=${PALABRE_VOLUMES:-/volumes}

gather() {
    mkdir -p "$PALABRE_DATA/secrets" "$PALABRE_DATA/synapse"
    for part in "$volumes"/provisioning/* "$volumes"/bots/identity "$volumes"/bots/bot-crypto; do
        link "$part" "$PALABRE_DATA/$(basename "$part")"
    done
    # The bot's own session and keys come last: of a name that both have, the bot's is the newer.
    for part in "$volumes"/provisioning/secrets/* "$volumes"/bots/secrets/*; do link "$part" "$PALABRE_DATA/secrets/$(basename "$part")"; done
    for part in "$volumes"/provisioning/synapse/* "$volumes"/synapse/synapse/*; do link "$part" "$PALABRE_DATA/synapse/$(basename "$part")"; done
}

link() { # link FROM TO: where there is anything, and no folder of this one's own in its place
    [ ! -e "$1" ] || { [ -d "$2" ] && [ ! -L "$2" ]; } || ln -sfn "$1" "$2"
}

if [ "$1" = --now ]; then
    shift
    gather
    exec "$@"
fi
while sleep "$(($(date --date 'tomorrow 02:30' +%s) - $(date +%s)))"; do
    gather
    "$@" || echo "The backup of this night was not made, or something is not in it (the lines above say what)." >&2
done
