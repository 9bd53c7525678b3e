--- What the other workers of this nginx know: verdicts in memory that all workers share, if it is configured.
--
-- `questions` adds verdicts, `decisions` looks for those that this worker lacks, and `events` voids what the runner
-- ends. The memory holds digests and names, no credential. Entries may vanish at any time, because the memory is
-- limited: whatever is missing makes a verdict void. See docs/contributing/decisions/0033-verdicts-by-lease.md.
--
--     secret:NAME   under which all workers digest credentials
--     DIGEST        a verdict: marks, epoch, times by the clock that nothing sets, identity
--     @IDENTITY     a mark that changes with each event for the identity
--     all           a mark that changes when all verdicts end
--     all:EPOCH     a mark that changes when events of this epoch may have been missed by all workers
--     seq:EPOCH     up to this number events have changed the marks
--     heard:EPOCH   when this runner was heard last, by any worker
--     epoch         of the runner that greeted a worker last
--     events        a number that changes before the marks do

local clock = require("apisix.plugins.secret-providers.clock")
local random = require("apisix.plugins.secret-providers.random")

local byte = string.byte
local format = string.format
local gsub = string.gsub
local huge = math.huge
local match = string.match
local pairs = pairs
local steady = clock.steady
local tonumber = tonumber

-- How long other workers may take for an event that this one no longer hears.
local DOUBT_SECONDS = 1
-- Longer than the longest verdict_ttl and grace.
local KEEP_SECONDS = 100000

local dict = ngx.shared["secret-providers"]

local _M = {}

-- epoch, hello: of the last greeting, and the number in it
-- since: when that was
-- sequence: up to which this worker has handled events
-- trusted: all events up to hello have changed the marks
local heard = { epoch = nil, hello = 0, since = 0, sequence = 0, trusted = false }

local secrets = {}

local function new_mark()
    return (gsub(random.bytes(6), ".", function(char)
        return format("%02x", byte(char))
    end))
end

local function new_number()
    return tonumber(new_mark(), 16)
end

--- Returns a secret that all workers have.
-- @tparam string name
-- @tparam number length in bytes
-- @treturn string of this worker alone if there is no shared memory
function _M.secret(name, length)
    local secret = random.bytes(length)
    if dict then
        name = "secret:" .. name
        dict:add(name, secret)
        secret = dict:get(name) or secret
        secrets[name] = secret
    end
    return secret
end

-- Whether all events of this epoch up to this number have changed the marks.
local function is_handled(epoch, sequence)
    local known = dict:get("seq:" .. epoch)
    return known ~= nil and known >= sequence
end

-- Voids the verdicts of an epoch, because events up to this number may have changed no mark.
local function void(epoch, sequence)
    _M.event()
    dict:set("all:" .. epoch, new_mark())
    dict:set("seq:" .. epoch, sequence)
end

-- Whether all events up to the greeting have changed the marks. The other workers may be some milliseconds behind.
-- If none of them had followed, they never would: after a while the verdicts of this epoch are void.
local function is_trusted()
    if not heard.trusted then
        if is_handled(heard.epoch, heard.hello) then
            heard.trusted = true
        elseif steady() - heard.since >= DOUBT_SECONDS then
            void(heard.epoch, heard.sequence)
            heard.trusted = true
        end
    end
    return heard.trusted
end

--- Takes note of events that this worker does not hear. Unless others have handled them, verdicts of the epoch are void.
-- @tparam string epoch
-- @tparam number sequence of the last one
function _M.missed(epoch, sequence)
    -- Without the mark there is no verdict.
    if dict and dict:get("all:" .. epoch) and not is_handled(epoch, sequence) then
        void(epoch, sequence)
    end
end

--- Takes note of the end of the stream: what this worker has not found out by now, it cannot tell later.
function _M.lost()
    if dict and heard.epoch and not is_trusted() then
        void(heard.epoch, heard.sequence)
        heard.trusted = true
    end
end

--- Takes note of a line of the stream, after it was handled.
-- @tparam number sequence of the stream
function _M.heard(sequence)
    if not dict then
        return
    end
    heard.sequence = sequence
    if is_trusted() then
        dict:set("seq:" .. heard.epoch, sequence)
    end
    dict:set("heard:" .. heard.epoch, steady())
    for name, secret in pairs(secrets) do
        -- Looked at so often that it is not the first to vanish.
        if not dict:get(name) then
            dict:add(name, secret)
        end
    end
end

--- Takes note of a greeting.
-- @tparam string epoch
-- @tparam number sequence
function _M.greeted(epoch, sequence)
    if not dict then
        return
    end
    heard.epoch, heard.hello, heard.sequence, heard.since = epoch, sequence, sequence, steady()
    dict:set("epoch", epoch)
    dict:add("all", new_mark())
    -- If this is new, there is no verdict of this epoch.
    heard.trusted = dict:add("all:" .. epoch, new_mark()) and true or false
    _M.heard(sequence)
end

--- Begins an event. Marks change after this.
function _M.event()
    if dict then
        dict:incr("events", 1, new_number())
    end
end

--- Voids all verdicts. `event` was called before.
function _M.forget_all()
    if dict then
        dict:set("all", new_mark())
    end
end

--- Voids the verdicts on the keys of an identity. `event` was called before.
-- @tparam string identity
function _M.forget_identity(identity)
    if dict then
        -- Fails if there is no mark, and so no verdict.
        dict:incr("@" .. identity, 1)
    end
end

--- Forgets the verdict on a key.
-- @tparam string digest
function _M.forget(digest)
    if dict then
        dict:delete(digest)
    end
end

--- Returns what tells whether an event began since then. To be called before the runner is asked.
-- @treturn ?number
function _M.stamp()
    return dict and dict:get("events")
end

--- Adds a verdict that takes all events of the stream into account.
-- @tparam string digest
-- @tparam string identity
-- @tparam number age seconds since the runner was asked
-- @tparam number left seconds until the verdict ends, or math.huge
-- @tparam boolean previous whether the key is good as a version before the current one
-- @tparam ?number stamp what `stamp` returned before the runner was asked
function _M.put(digest, identity, age, left, previous, stamp)
    if not dict or not heard.epoch or not is_trusted() or dict:get("epoch") ~= heard.epoch then
        return
    end
    local name = "@" .. identity
    local mark = dict:get(name)
    if not mark then
        dict:add(name, new_number())
        mark = dict:get(name)
    end
    local all, of_epoch = dict:get("all"), dict:get("all:" .. heard.epoch)
    -- Read last: the marks are from before any event that has begun since the question.
    if not mark or not all or not of_epoch or dict:get("events") ~= stamp then
        return
    end
    local time = steady()
    dict:set(digest, format("%s %s %.0f %s %.3f %.3f %d %s", all, of_epoch, mark, heard.epoch, time - age,
                            left == huge and -1 or time + left, previous and 1 or 0, identity), KEEP_SECONDS)
end

--- Returns another worker's verdict on a key.
-- @tparam string digest
-- @treturn ?table `identity`, `age`, `left`, `previous` as in `put`; `epoch`; `heard`, the seconds since the runner was
--   heard; and `current`, whether this worker hears of each event from now on that ends it. nil if there is none.
function _M.find(digest)
    local packed = dict and dict:get(digest)
    if not packed then
        return nil
    end
    local all, of_epoch, mark, epoch, asked, ends, previous, identity =
        match(packed, "^(%x+) (%x+) (%d+) (%S+) (%S+) (%S+) (%d) (.*)$")
    local current = epoch == heard.epoch
    -- First, because it may void the verdict.
    if current and not is_trusted() then
        return nil
    end
    if not all or tonumber(mark) ~= dict:get("@" .. identity) or all ~= dict:get("all")
       or of_epoch ~= dict:get("all:" .. epoch) then
        return nil
    end
    local time = steady()
    ends = tonumber(ends)
    local left = ends < 0 and huge or ends - time
    local age = time - tonumber(asked)
    if left <= 0 or age < 0 then
        return nil
    end
    local last = dict:get("heard:" .. epoch)
    return {
        identity = identity,
        age = age,
        left = left,
        previous = previous == "1",
        epoch = epoch,
        heard = last and time - last or huge,
        current = current,
    }
end

return _M
