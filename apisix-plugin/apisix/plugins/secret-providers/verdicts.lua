--- Verdicts that this worker remembers: the identities that good credentials belong to.
--
-- `decisions` looks credentials up, `questions` stores the runner's answers, `events` removes the verdicts that
-- the runner voids, and `uses` reports what is counted here. Refused credentials are in `refusals`. "Key" below
-- means the credential of any kind.
--
-- Each verdict is a row of `rows`, which says how these functions stay fast. An event names identities, not keys. It
-- marks them, and a verdict older than the mark is removed when it is found. See
-- docs/contributing/decisions/0013-memory-of-the-companion.md.

local bit = require("bit")
local rows = require("apisix.plugins.secret-providers.rows")

local band = bit.band
local floor = math.floor
local huge = math.huge
local ipairs = ipairs
local type = type
local identity_of = rows.identity
local remove = rows.remove
local row_at = rows.at
local search = rows.search
local words_of = rows.words

-- Above this many marks, all verdicts are forgotten instead.
local MOST_MARKS = 16384
-- Of other runners, by which verdicts of other workers end. Above this many, all verdicts are forgotten.
local MOST_EPOCHS = 1024
-- Parts and rows in one number.
local PART_FACTOR = 2 * rows.MOST_PER_PART
-- Ends the list of rows that have uses.
local NO_MORE = rows.NO_MORE
-- Of one verdict. Before there are more, they are counted by its identity.
local MOST_USES = 65535

local _M = {
    -- How many verdicts there is room for.
    most = 0,
}

-- The number of the last event, as this worker counts. A verdict learned at one moment is void if a later
-- event names its identity.
local moment = 0
-- By identity: the moment at which its verdicts became void.
local marks = {}
local marks_count = 0
-- The moment of the last mark.
local marked_at = 0
-- Verdicts from before this moment are void.
local all_forgotten_at = 0

-- Epochs by their numbers, and the other way round.
local epochs, epoch_numbers = {}, {}

-- The first row with uses, as a number of part and row, and the first one of those that are being reported.
local waiting, taken = NO_MORE, NO_MORE
-- Set by `uses`.
local add_uses, uses_wait

-- Counts what a row has counted by its identity, because it will belong to another one.
local function release_uses(part, row)
    local one = row_at(part, row)
    if one.uses > 0 then
        add_uses(one.kind, identity_of(part, row), one.previous == 1, one.uses)
        one.uses = 0
    end
end

rows.on_end(release_uses)

-- Returns the number by which rows name a stream: that of an epoch is below 0.
local function number_of(stream)
    if type(stream) == "number" then
        return stream
    end
    local number = epoch_numbers[stream]
    if not number then
        if #epochs >= MOST_EPOCHS then
            _M.forget_all()
        end
        number = -#epochs - 1
        epochs[-number], epoch_numbers[stream] = stream, number
    end
    return number
end

-- Counts all uses by identity.
local function take_all_uses()
    _M.take_uses(huge)
    _M.next_uses()
    _M.take_uses(huge)
end

-- Whether an event has named the identity since the verdict.
local function is_void(part, row)
    local one = row_at(part, row)
    if one.stamp < marked_at then
        if (marks[identity_of(part, row)] or 0) > one.stamp then
            return true
        end
        one.stamp = moment
    end
    return false
end

--- Finds the verdict on a key and marks it as used.
-- @tparam cdata words the digest, as the module `digest` returns it
-- @tparam number time now
-- @treturn ?number the part that holds the verdict; nil if there is none or it is void
-- @treturn ?number its row in the part; both are good until the request waits for something
function _M.find(words, time)
    local part, row = search(words)
    if row == 0 then
        return nil
    end
    if time >= row_at(part, row).ends or is_void(part, row) then
        remove(part, row)
        return nil
    end
    row_at(part, row).used = 1
    return part, row
end

--- Finds the verdict on a key and marks it as used.
-- @tparam string digest
-- @tparam number time now
-- @treturn as `find`
function _M.find_text(digest, time)
    return _M.find(words_of(digest), time)
end

--- Returns whether a verdict is of a stream, and its question belongs to the present period. Each credential has a
-- moment of its own in each period at which it is asked about again, so that questions come evenly.
-- @tparam number part
-- @tparam number row
-- @tparam number stream the id of the stream
-- @tparam number time now
-- @tparam number seconds of a period
-- @treturn boolean
function _M.is_recent(part, row, stream, time, seconds)
    local one = row_at(part, row)
    local asked = one.asked
    local age = time - asked
    -- The age is unknown if the clock was set back.
    if one.stream ~= stream or age < 0 or age >= seconds then
        return false
    end
    local phase = band(one.c, 65535) / 65536
    return floor(time / seconds + phase) == floor(asked / seconds + phase)
end

--- Counts a use of a verdict.
-- @tparam number part
-- @tparam number row
-- @tparam number kind of the credential, see `calls.KINDS`
function _M.count(part, row, kind)
    local one = row_at(part, row)
    if one.uses == MOST_USES then
        release_uses(part, row)
    end
    one.uses = one.uses + 1
    -- The row may be in the list since it had a verdict of another kind.
    one.kind = kind
    if one.waiting == 0 then
        one.waiting = waiting
        waiting = part * PART_FACTOR + row
        uses_wait()
    end
end

--- Names what counts uses by identity, and what is called when there are some.
-- @tparam function add takes kind, identity, whether it was a previous version, and the number of uses
-- @tparam function wait
function _M.report_to(add, wait)
    add_uses, uses_wait = add, wait
end

--- Counts uses by identity: those of a limited number of the verdicts that were there at the last `next_uses`.
-- @tparam number most
-- @treturn boolean whether there are more
function _M.take_uses(most)
    while taken ~= NO_MORE and most > 0 do
        local part, row = floor(taken / PART_FACTOR), taken % PART_FACTOR
        local one = row_at(part, row)
        taken, one.waiting = one.waiting, 0
        release_uses(part, row)
        most = most - 1
    end
    return taken ~= NO_MORE
end

--- Lets `take_uses` take the uses until now, unless there are earlier ones that it has not taken.
-- @treturn boolean whether there are none
function _M.next_uses()
    if taken ~= NO_MORE then
        return false
    end
    taken, waiting = waiting, NO_MORE
    return true
end

--- Returns whether a verdict has uses.
-- @treturn boolean
function _M.has_uses()
    return waiting ~= NO_MORE or taken ~= NO_MORE
end

--- Returns the identity of a verdict.
-- @treturn string
_M.identity = identity_of

--- Returns when the runner was asked.
-- @treturn number
function _M.asked(part, row)
    return row_at(part, row).asked
end

--- Returns the stream that tells when a verdict ends: the id, or 0, or the epoch of another worker's.
-- @treturn number|string
function _M.stream(part, row)
    local stream = row_at(part, row).stream
    return stream >= 0 and stream or epochs[-stream]
end

--- Returns the place of the consumer in a list, if it is known.
-- @tparam number part
-- @tparam number row
-- @tparam number list the number of the list
-- @treturn ?number
function _M.place(part, row, list)
    local one = row_at(part, row)
    if one.list == list then
        return one.place
    end
    return nil
end

--- Keeps the place of the consumer in a list.
-- @tparam number part
-- @tparam number row
-- @tparam number list the number of the list, above 0
-- @tparam number place
function _M.set_place(part, row, list, place)
    local one = row_at(part, row)
    one.list, one.place = list, place
end

--- Remembers the verdict on a key.
-- @tparam string digest
-- @tparam string identity
-- @tparam number asked when the runner was asked
-- @tparam number ends when the verdict ends, or math.huge
-- @tparam number stamp the moment up to which all events are taken into account
-- @tparam number|string stream the id of the event stream that tells when the verdict ends, or 0; or the epoch of another
--   worker's
-- @tparam boolean previous whether the key is good as a version before the current one
function _M.put(digest, identity, asked, ends, stamp, stream, previous)
    stream = number_of(stream)
    local words = words_of(digest)
    local part, row = search(words)
    if row ~= 0 then
        release_uses(part, row)
    else
        part, row = rows.add(words)
    end
    local one = row_at(part, row)
    one.asked, one.ends, one.stamp, one.stream, one.list = asked, ends, stamp, stream, 0
    one.previous = previous and 1 or 0
    rows.set_identity(part, row, identity)
end

--- Forgets the verdict on a key.
-- @tparam string digest
function _M.forget(digest)
    local part, row = search(words_of(digest))
    if row ~= 0 then
        remove(part, row)
    end
end

--- Forgets all verdicts.
function _M.forget_all()
    marks, marks_count = {}, 0
    all_forgotten_at = moment
    take_all_uses()
    rows.clear(_M.most)
    epochs, epoch_numbers = {}, {}
end

--- Voids the verdicts on all keys of an identity.
-- @tparam string identity
function _M.forget_identity(identity)
    if not marks[identity] then
        if marks_count >= MOST_MARKS then
            _M.forget_all()
            return
        end
        marks_count = marks_count + 1
    end
    marks[identity] = moment
    marked_at = moment
end

--- Returns the number of the last event, as this worker counts.
-- @treturn number
function _M.moment()
    return moment
end

--- Begins a new moment, because there was an event.
function _M.next_moment()
    moment = moment + 1
end

--- Returns the moment at which all verdicts were forgotten last.
-- @treturn number
function _M.all_forgotten_at()
    return all_forgotten_at
end

--- Makes room for more verdicts and keeps those that are remembered.
-- @tparam number most how many
function _M.grow(most)
    take_all_uses()
    local old_parts = rows.all()
    _M.most = most
    rows.clear(most)
    for _, old in ipairs(old_parts) do
        for row = 1, old.count do
            local identity, one = old.identities[row], old.rows[row]
            if identity then
                local stream = one.stream >= 0 and one.stream or epochs[-one.stream]
                _M.put(rows.digest(old.rows, row), identity, one.asked, one.ends, one.stamp, stream, one.previous == 1)
            end
        end
    end
end

return _M
