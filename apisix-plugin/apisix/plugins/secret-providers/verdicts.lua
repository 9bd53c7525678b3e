--- Verdicts that this worker remembers: the identities that good credentials belong to.
--
-- `decisions` looks credentials up, `questions` stores the runner's answers, and `events` removes the verdicts
-- that the runner voids. Refused credentials are in `refusals`. "Key" below means the credential of any kind.
--
-- A verdict is a row of parallel arrays without gaps, found by the key's digest. The arrays are split into
-- parts, so that neither the garbage collector nor a growing table has much work at once. An event names
-- identities, not keys. It marks them, and a verdict older than the mark is removed when it is found. See
-- docs/contributing/decisions/0013-memory-of-the-companion.md.

local bit = require("bit")

local band = bit.band
local byte = string.byte
local ceil = math.ceil
local ipairs = ipairs

-- Above this many marks, all verdicts are forgotten instead.
local MOST_MARKS = 16384
local VERDICTS_PER_PART = 1024
local MOST_PARTS = 128

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
-- Verdicts from before this moment are void.
local all_forgotten_at = 0

local parts = {}
-- The number of parts, which is a power of two, less one.
local mask = 0

local COLUMNS = { "digest", "identity", "asked", "ends", "stamp", "stream", "previous", "used" }

local function new_part(capacity)
    return {
        capacity = capacity,
        count = 0,
        hand = 0, -- the row at which eviction stopped
        row_of = {}, -- by digest
        digest = {},
        identity = {}, -- see consumers.identity_of
        asked = {}, -- when the runner was asked
        ends = {}, -- the runner's own limit, or math.huge
        stamp = {}, -- the moment up to which all events are taken into account
        stream = {}, -- the id of the event stream that tells when the verdict ends, or 0
        previous = {}, -- whether the key is good as a version before the current one
        used = {}, -- since the hand passed
    }
end

local function part_of(digest)
    return parts[band(byte(digest), mask) + 1]
end

local function clear()
    local parts_count = mask + 1
    for i = 1, parts_count do
        parts[i] = new_part(ceil(_M.most / parts_count))
    end
end

local function remove(part, row)
    local last = part.count
    part.row_of[part.digest[row]] = nil
    if row ~= last then
        for _, column in ipairs(COLUMNS) do
            part[column][row] = part[column][last]
        end
        part.row_of[part.digest[row]] = row
    end
    for _, column in ipairs(COLUMNS) do
        part[column][last] = nil
    end
    part.count = last - 1
end

-- Empties a row and returns it: the first one that was not used since the hand passed it. Each step clears
-- a flag that a request set, so the average cost does not depend on the number of rows.
local function evict(part)
    local row = part.hand % part.count + 1
    while part.used[row] do
        part.used[row] = false
        row = row % part.count + 1
    end
    part.hand = row
    part.row_of[part.digest[row]] = nil
    return row
end

--- Finds the verdict on a key and marks it as used.
-- @tparam string digest
-- @tparam number time now
-- @treturn ?table the part that holds the verdict; nil if there is none or it is void
-- @treturn ?number its row in the part
function _M.find(digest, time)
    local part = part_of(digest)
    local row = part.row_of[digest]
    if not row then
        return nil
    end
    if time >= part.ends[row] or (marks[part.identity[row]] or 0) > part.stamp[row] then
        remove(part, row)
        return nil
    end
    part.used[row] = true
    return part, row
end

--- Remembers the verdict on a key.
-- @tparam string digest
-- @tparam string identity
-- @tparam number asked when the runner was asked
-- @tparam number ends when the verdict ends, or math.huge
-- @tparam number stamp the moment up to which all events are taken into account
-- @tparam number stream the id of the event stream that tells when the verdict ends, or 0
-- @tparam boolean previous whether the key is good as a version before the current one
function _M.put(digest, identity, asked, ends, stamp, stream, previous)
    local part = part_of(digest)
    local row = part.row_of[digest]
    if not row then
        if part.count >= part.capacity then
            row = evict(part)
        else
            row = part.count + 1
            part.count = row
        end
        part.row_of[digest] = row
        part.digest[row] = digest
        part.used[row] = false
    end
    part.identity[row] = identity
    part.asked[row] = asked
    part.ends[row] = ends
    part.stamp[row] = stamp
    part.stream[row] = stream
    part.previous[row] = previous
end

--- Forgets the verdict on a key.
-- @tparam string digest
function _M.forget(digest)
    local part = part_of(digest)
    local row = part.row_of[digest]
    if row then
        remove(part, row)
    end
end

--- Forgets all verdicts.
function _M.forget_all()
    marks, marks_count = {}, 0
    all_forgotten_at = moment
    clear()
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
    local old_parts = parts
    local parts_count = 1
    while parts_count < MOST_PARTS and parts_count * VERDICTS_PER_PART < most do
        parts_count = parts_count * 2
    end
    _M.most = most
    mask = parts_count - 1
    parts = {}
    clear()
    for _, old in ipairs(old_parts) do
        for row = 1, old.count do
            _M.put(old.digest[row], old.identity[row], old.asked[row], old.ends[row], old.stamp[row],
                   old.stream[row], old.previous[row])
        end
    end
end

return _M
