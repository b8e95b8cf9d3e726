#!/bin/sh
# Runs a command each night at half past two, in the container of backups; with --now as the first word: once, at once.
#
# Each container has a volume of its own. Here they are put together as one data folder, of links.
set -eu
volumes=${PALABRE_VOLUMES:-/volumes}

gather() {
    for part in "$volumes"/provisioning/* "$volumes"/bots/identity "$volumes"/bots/bot-crypto; do
        name=$(basename "$part")
        [ "$name" = secrets ] || [ "$name" = synapse ] || link "$part" "$PALABRE_DATA/$name"
    done
    mkdir -p "$PALABRE_DATA/secrets" "$PALABRE_DATA/synapse"
    # The bot's own session and keys come last: of a name that both have, the bot's is the newer.
    for part in "$volumes"/provisioning/secrets/* "$volumes"/bots/secrets/*; do link "$part" "$PALABRE_DATA/secrets/$(basename "$part")"; done
    for part in "$volumes"/provisioning/synapse/* "$volumes"/synapse/synapse/*; do link "$part" "$PALABRE_DATA/synapse/$(basename "$part")"; done
}

link() { # link FROM TO: where there is anything
    [ ! -e "$1" ] || ln -sfn "$1" "$2"
}

if [ "$1" = --now ]; then
    shift
    gather
    exec "$@"
fi
while sleep "$(($(date --date 'tomorrow 02:30' +%s) - $(date +%s)))"; do
    gather
    "$@" || echo "The backup of this night was not made." >&2
done
