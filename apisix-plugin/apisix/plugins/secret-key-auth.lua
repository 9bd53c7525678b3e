-- Key authentication for Apache APISIX by the verdicts of the secret providers' runner.
--
-- Answers as APISIX's own key-auth (apisix/plugins/key-auth.lua, 3.18) and attaches the consumer as it does. Who a key belongs
-- to is asked of the runner once, remembered by this worker, and forgotten when the runner says so. To use it: docs/how-to/companion.md;
-- what goes over the two sockets, and why a verdict may be kept: docs/reference/companion-protocol.md.
--
-- Written on what APISIX ships, nothing else. All state is one worker's own: what runs between two yields is not interrupted.

local core = require("apisix.core")
local consumer_mod = require("apisix.consumer")
local schema_def = require("apisix.schema_def")
local auth_utils = require("apisix.utils.auth")
local helper = require("apisix.plugins.ext-plugin.helper")
local cjson = require("cjson.safe")
local semaphore = require("ngx.semaphore")
local bit = require("bit")
local ffi = require("ffi")

local ngx = ngx
local var = ngx.var
local tcp = ngx.socket.tcp
local timer_at = ngx.timer.at
local exiting = ngx.worker.exiting
local now = ngx.now
local update_time = ngx.update_time
local sha1_bin = ngx.sha1_bin
local band = bit.band
local rshift = bit.rshift
local byte = string.byte
local char = string.char
local find = string.find
local lower = string.lower
local sub = string.sub
local max = math.max
local min = math.min
local ceil = math.ceil
local huge = math.huge
local pairs = pairs
local ipairs = ipairs
local pcall = pcall
local tostring = tostring
local type = type
local error = error
local io = io

local plugin_name = "secret-key-auth"
-- Consumers and credentials carry the keys, or references to them, as the configuration of this plugin.
local key_plugin = "key-auth"

-- The runner's frame type for verdicts, and the longest key it takes. No request that nginx lets in has a longer one.
local VERDICT_CALL = 64
local LONGEST_KEY = 65536
local LONGEST_ANSWER = 65536

-- One question, with the wait for its turn. The runner answers from memory, in well under a millisecond.
local ASK_SECONDS = 1
-- The same for a request that can do without an answer: a runner that is just starting takes connections before it answers.
local ASK_SECONDS_IN_GRACE = 0.2
-- Questions at a time. Known keys have a line of their own, so that whoever tries keys does not stand in their way.
local ASKED_AT_ONCE = 32
-- More than that can't be answered in time anyway.
local LONGEST_LINE = 1024
-- Connections are kept a little longer than a worker with a few requests leaves them idle.
local IDLE_MS = 60000

-- The runner says each second that it lives.
local SILENCE_SECONDS = 3
local FIRST_BACKOFF = 0.05
-- While the stream is away each known key is asked for at each request, so it is worth to be back soon. A connection that is
-- refused costs some microseconds.
local LONGEST_BACKOFF = 0.2

-- A refusal saves the runner a question when a client repeats itself. An event ends all of them.
local REFUSAL_SECONDS = 1
local REFUSALS = 4096

-- What an event told to forget is a mark each; beyond that many it is simpler to forget all.
local MARKS = 16384
-- The memory is made of parts, so that neither the garbage collector nor a table that grows has a long piece of work at once.
local VERDICTS_PER_PART = 1024
local MOST_PARTS = 128

local LOG_SECONDS = 10

local MISSING = "Missing API key in request"
local INVALID = "Invalid API key in request"
-- The words of the runner, for an ext-plugin route.
local UNRESOLVED = "Some credentials could not be resolved yet"
local UNREACHABLE = "Credentials cannot be checked at the moment"

local schema = {
    type = "object",
    properties = {
        header = {
            type = "string",
            default = "apikey",
        },
        query = {
            type = "string",
            default = "apikey",
        },
        realm = schema_def.get_realm_schema("key"),
        hide_credentials = {
            type = "boolean",
            default = false,
        },
        anonymous_consumer = schema_def.anonymous_consumer_schema,
        -- seconds in which a verdict is used without asking
        verdict_ttl = {
            type = "number",
            minimum = 0,
            maximum = 3600,
            default = 5,
        },
        -- seconds more while the runner cannot be asked
        grace = {
            type = "number",
            minimum = 0,
            maximum = 86400,
            default = 30,
        },
        -- of a worker; it is the worker's memory, so the largest one of all routes counts
        max_verdicts = {
            type = "integer",
            minimum = 1,
            maximum = 10000000,
            default = 100000,
        },
    },
}

local _M = {
    version = 0.1,
    -- Beside key-auth: before everything that looks at the consumer.
    priority = 2501,
    type = "auth",
    name = plugin_name,
    schema = schema,
}


function _M.check_schema(conf, schema_type)
    if schema_type == core.schema.TYPE_CONSUMER then
        return false, plugin_name .. " is for routes and services; a consumer's key belongs in " .. key_plugin
    end
    return core.schema.check(schema, conf)
end


-- Log lines

local complaints = {}

local function write_complaint(_, level, kind, detail, unsaid)
    core.log[level](plugin_name, ": ", kind, detail and ": " or "", detail or "",
                    unsaid > 0 and " (" .. unsaid .. " more such before)" or "")
end

-- Logs at most one line of a kind in LOG_SECONDS. Never give it a key or anything made from one.
local function complain(level, kind, detail)
    local last = complaints[kind]
    local time = now()
    if last and time >= last.at and time - last.at < LOG_SECONDS then
        last.unsaid = last.unsaid + 1
        return
    end
    local unsaid = last and last.unsaid or 0
    complaints[kind] = { at = time, unsaid = 0 }
    -- Not from here: nginx adds the request's first line to what is logged during a request, and there may be a key in its query.
    timer_at(0, write_complaint, level, kind, detail, unsaid)
end


-- Digests of keys

local digest_of
do
    local SECRET_BYTES = 24 -- with a key of up to 31 bytes it fits in one block of SHA-1
    local DIGEST_BYTES = 20
    local USUAL_KEY_BYTES = 1024
    local secret

    -- What ngx.sha1_bin calls. Called from here it takes the secret and the key from one place, where otherwise a string of both
    -- would be made for each request. Every OpenResty of today has it; if one does not, there is ngx.sha1_bin.
    ffi.cdef("int ngx_http_lua_ffi_sha1_bin(const unsigned char *src, size_t len, unsigned char *dst);")
    local has_sha1, sha1 = pcall(function()
        return ffi.C.ngx_http_lua_ffi_sha1_bin
    end)
    local input = ffi.new("unsigned char[?]", SECRET_BYTES + USUAL_KEY_BYTES)
    local output = ffi.new("unsigned char[?]", DIGEST_BYTES)

    local function random_secret()
        local file = io.open("/dev/urandom", "rb")
        local bytes = file and file:read(SECRET_BYTES)
        if file then
            file:close()
        end
        -- Better an error at each request than a digest that can be foretold; and not while the module is loaded, for APISIX runs
        -- routes without the plugins that it could not load.
        if not bytes or #bytes ~= SECRET_BYTES then
            error("no random numbers: /dev/urandom cannot be read")
        end
        ffi.copy(input, bytes, SECRET_BYTES)
        return bytes
    end

    -- With unknown bytes before the key nobody can look for keys whose digests are equal; digests never leave the worker, so
    -- nobody can lengthen one either. An HMAC through OpenSSL would cost a tenth of a request.
    function digest_of(key)
        if not secret then
            secret = random_secret()
        end
        local length = #key
        if not has_sha1 or length > USUAL_KEY_BYTES then
            return sha1_bin(secret .. key)
        end
        ffi.copy(input + SECRET_BYTES, key, length)
        local ok = sha1(input, SECRET_BYTES + length, output)
        ffi.fill(input + SECRET_BYTES, length)
        -- Else all keys would have one digest.
        if ok == 0 then
            error("nginx was built without SHA-1")
        end
        return ffi.string(output, DIGEST_BYTES)
    end
end


-- Time of the events: a number that grows with each one. What was learned at a moment is void if a later one told to forget it.

local moment = 0
-- identity -> moment at which it was to be forgotten
local marks = {}
local marks_count = 0
-- All that was learned before this moment is void.
local all_forgotten_at = 0


-- Remembered verdicts: good keys only. Rows of parallel arrays without gaps, found by the key's digest.

local verdicts = { most = 0, mask = 0, parts = {} }
do
    local function new_part(capacity)
        return {
            capacity = capacity,
            count = 0,
            hand = 0,
            row_of = {}, -- by digest
            digest = {},
            identity = {}, -- see identity_of
            asked = {}, -- when
            ends = {}, -- the runner's own limit, or huge
            stamp = {}, -- the moment up to which all events are taken into account
            stream = {}, -- the stream of events that tells its end, or 0
            used = {}, -- since the hand went by
        }
    end

    local COLUMNS = { "digest", "identity", "asked", "ends", "stamp", "stream", "used" }

    local function part_of(digest)
        return verdicts.parts[band(byte(digest), verdicts.mask) + 1]
    end

    function verdicts.clear()
        local parts_count = verdicts.mask + 1
        for i = 1, parts_count do
            verdicts.parts[i] = new_part(ceil(verdicts.most / parts_count))
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

    -- Empties a row and returns it: the first one that was not used since the hand of the clock came by last. Each step on the way
    -- takes back a mark that a request made, so it costs the same on average however many there are.
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

    function verdicts.forget(digest)
        local part = part_of(digest)
        local row = part.row_of[digest]
        if row then
            remove(part, row)
        end
    end

    -- Returns the part and row of what is remembered of a key and not void, or nil.
    function verdicts.find(digest, time)
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

    function verdicts.put(digest, identity, asked, ends, stamp, stream)
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
    end

    -- Makes room for as many as the route at hand wants, if it wants more than those before.
    function verdicts.grow(most)
        local old_parts = verdicts.parts
        local parts_count = 1
        while parts_count < MOST_PARTS and parts_count * VERDICTS_PER_PART < most do
            parts_count = parts_count * 2
        end
        verdicts.most = most
        verdicts.mask = parts_count - 1
        verdicts.parts = {}
        verdicts.clear()
        for _, old in ipairs(old_parts) do
            for row = 1, old.count do
                verdicts.put(old.digest[row], old.identity[row], old.asked[row], old.ends[row], old.stamp[row],
                             old.stream[row])
            end
        end
    end
end


-- Refused keys, in a memory of their own: two tables, of which the older one is dropped when the younger is full.

local refusals = { young = {}, old = {}, count = 0 }

function refusals.clear()
    if refusals.count > 0 then
        refusals.young, refusals.old, refusals.count = {}, {}, 0
    end
end

function refusals.put(digest, asked)
    if refusals.count >= REFUSALS then
        refusals.young, refusals.old, refusals.count = {}, refusals.young, 0
    end
    refusals.young[digest] = asked
    -- A repetition counts again: the bound is what matters.
    refusals.count = refusals.count + 1
end

function refusals.has(digest, time, seconds)
    local asked = refusals.young[digest] or refusals.old[digest]
    return asked ~= nil and time >= asked and time - asked < seconds
end


-- Whose key it is, as one string: a consumer's name has no slash.
local function identity_of(consumer, credential)
    return credential and consumer .. "/" .. credential or consumer
end


-- APISIX's own consumers, by identity; made anew when APISIX made its list anew.

local node_of
do
    local nodes_by_identity
    local made_from

    function node_of(identity, consumer_conf)
        if consumer_conf ~= made_from then
            local index = {}
            for _, node in ipairs(consumer_conf.nodes) do
                index[identity_of(node.consumer_name, node.credential_id)] = node
            end
            nodes_by_identity, made_from = index, consumer_conf
        end
        return nodes_by_identity[identity]
    end
end


-- The stream of events

-- id: of the stream whose events reach back, without a gap, to the verdicts that bear it.
local stream = { id = 0, live = false, following = false, ended = false, epoch = nil, sequence = 0 }
-- Questions are useless until then, as far as known; 0 if they are not.
local away_until = 0

local function is_sequence(value)
    return type(value) == "number" and value >= 0 and value % 1 == 0
end

local function heard()
    away_until = 0
end

-- A moment at which everything that is not asked for again would be old news.
local function next_moment()
    moment = moment + 1
    refusals.clear()
end

local function forget_all()
    marks, marks_count = {}, 0
    all_forgotten_at = moment
    verdicts.clear()
end

local function forget(credentials)
    for _, one in ipairs(credentials) do
        if type(one) ~= "table" or type(one.consumer) ~= "string" then
            return false
        end
        local credential = type(one.credential) == "string" and one.credential or nil
        local identity = identity_of(one.consumer, credential)
        if not marks[identity] then
            marks_count = marks_count + 1
        end
        marks[identity] = moment
    end
    if marks_count > MARKS then
        forget_all()
    end
    return true
end

-- Takes note of where the runner's events are, while they are not heard one by one.
local function catch_up(epoch, sequence)
    if epoch == stream.epoch and sequence == stream.sequence then
        return
    end
    -- A lower number is told when answers were ahead of the events: those are still to come.
    local missed = epoch == stream.epoch and sequence > stream.sequence
    -- What was remembered has to be asked for again.
    stream.id = stream.id + 1
    stream.epoch, stream.sequence = epoch, sequence
    next_moment()
    if missed then
        -- The runner was there all the time and told what nobody heard here: as if it had said "all". Only another runner, which may
        -- not know yet, is covered by grace.
        forget_all()
    end
end

local function greet(line)
    local hello = cjson.decode(line)
    if type(hello) ~= "table" or type(hello.epoch) ~= "string" or not is_sequence(hello.sequence) then
        return false
    end
    catch_up(hello.epoch, hello.sequence)
    stream.live = true
    -- A runner that was started anew, most likely.
    heard()
    return true
end

-- Returns false if the line makes no sense, or does not follow the one before.
local function take(line)
    local event = cjson.decode(line)
    if type(event) ~= "table" or not is_sequence(event.sequence) then
        return false
    end
    -- No word about questions: events have a thread of their own in the runner.
    if event.forget == nil then
        return event.sequence == stream.sequence
    end
    if event.forget == "all" then
        if event.sequence <= stream.sequence then
            return false
        end
        stream.sequence = event.sequence
        next_moment()
        forget_all()
        return true
    end
    if type(event.forget) ~= "table" or event.sequence ~= stream.sequence + 1 then
        return false
    end
    stream.sequence = event.sequence
    next_moment()
    return forget(event.forget)
end

-- The latest time that was seen.
local latest = 0

-- If the clock was set back nobody knows how old anything is, and later it would seem to be new again. Followed or not, this is called
-- each few seconds at least.
local function check_clock()
    local time = now()
    if time < latest then
        next_moment()
        forget_all()
        away_until = 0
    end
    latest = time
end

-- Follows the stream for as long as it lasts; returns why it ended.
local function follow_once()
    local sock = tcp()
    sock:settimeout(SILENCE_SECONDS * 1000)
    local ok, err = sock:connect(helper.get_path() .. ".events")
    if not ok then
        return err
    end
    local understand = greet
    repeat
        local line
        line, err = sock:receive("*l")
        check_clock()
        if line and not understand(line) then
            line, err = nil, understand == greet and "no greeting of a runner" or "a gap in the numbers"
            -- Whatever the next greeting says, something was missed.
            stream.sequence = -1
        end
        understand = take
    until not line or stream.ended or exiting()
    sock:close()
    return err
end

local follow_after

-- One timer for each connection: what a connection takes of its timer's memory goes with it.
local function follow(premature, backoff)
    if premature or stream.ended or exiting() then
        stream.following = false
        return
    end
    check_clock()
    local started = now()
    local done, err = pcall(follow_once)
    stream.live = false
    if not done then
        -- Who knows what of the last event was done.
        stream.sequence = -1
    end
    if stream.ended or exiting() then
        stream.following = false
        return
    end
    complain("warn", done and "the runner's events are not heard" or "following the runner's events failed", tostring(err))
    if now() - started > SILENCE_SECONDS then
        backoff = 0
    end
    follow_after(backoff)
end

function follow_after(backoff)
    local ok, err = timer_at(backoff, follow, min(LONGEST_BACKOFF, max(FIRST_BACKOFF, 2 * backoff)))
    -- If not, the next request tries it.
    stream.following = ok and true or false
    if not ok then
        complain("error", "no timer for the runner's events", err)
    end
end


-- Questions

local function new_line()
    -- active: who asks. The semaphore counts who waits for a turn, and knows which of them nginx ended.
    return { active = {}, turn = semaphore.new(ASKED_AT_ONCE) }
end

-- Questions by the keys' digests, so that requests with the same key wait for one.
local questions = {}
local questions_swept = 0

local function is_lost(question, time)
    return time - question.started > 2 * ASK_SECONDS or time < question.started
end

-- A request that nginx ended at its client's wish never came back to leave, nor to take its question away.
local function sweep(line, time)
    for question in pairs(line.active) do
        if is_lost(question, time) then
            line.active[question] = nil
            line.turn:post(1)
        end
    end
    if time - questions_swept > ASK_SECONDS or time < questions_swept then
        questions_swept = time
        for digest, question in pairs(questions) do
            if is_lost(question, time) then
                questions[digest] = nil
            end
        end
    end
end

-- Waits for a turn; returns false if there was none in time.
local function enter(line, question)
    if line.turn:count() <= 0 then
        sweep(line, now())
        -- Below zero: as many wait.
        if line.turn:count() <= -LONGEST_LINE then
            return false
        end
    end
    if not line.turn:wait(ASK_SECONDS) then
        return false
    end
    line.active[question] = true
    return true
end

local function leave(line, question)
    -- Not if it was swept away, which gave the turn back.
    if line.active[question] then
        line.active[question] = nil
        line.turn:post(1)
    end
end

local function left(deadline)
    update_time()
    return max(1, (deadline - now()) * 1000)
end

local KEPT = { pool = plugin_name }
-- Nothing is ever put back there: a connection of it is a new one.
local FRESH = { pool = plugin_name .. " fresh" }

-- Sends one frame and returns the body of the answer; or nil, why, and whether another connection may do better.
local function exchange(body, deadline, pool)
    local sock = tcp()
    sock:settimeout(left(deadline))
    local ok, err = sock:connect(helper.get_path(), pool)
    if not ok then
        return nil, err
    end
    local reused = (sock:getreusedtimes() or 0) > 0
    local length = #body
    local head = char(VERDICT_CALL, rshift(length, 16), band(rshift(length, 8), 255), band(length, 255))
    local answer
    ok, err = sock:send(head .. body)
    if ok then
        sock:settimeout(left(deadline))
        head, err = sock:receive(4)
        if head then
            local kind, high, middle, low = byte(head, 1, 4)
            length = high * 65536 + middle * 256 + low
            if kind ~= VERDICT_CALL or length > LONGEST_ANSWER then
                sock:close()
                return nil, "the answer is none to the question; is the runner older than this plugin?"
            end
            sock:settimeout(left(deadline))
            answer, err = sock:receive(length)
        end
    end
    if not answer then
        sock:close()
        return nil, err, reused and err ~= "timeout"
    end
    if pool == KEPT then
        sock:setkeepalive(IDLE_MS, 2 * ASKED_AT_ONCE)
    else
        sock:close()
    end
    return answer
end

local function text_or_nil(value)
    return type(value) == "string" and value ~= "" and value or nil
end

-- Returns the runner's answer, or nil and why there is none.
local function ask_runner(key, seconds)
    update_time()
    local deadline = now() + seconds
    local body, err, stale = exchange(key, deadline, KEPT)
    if not body and stale then
        -- The runner closed the connection while it lay here, most likely because it was started anew.
        body, err = exchange(key, deadline, FRESH)
    end
    if not body then
        return nil, err
    end
    local answer = cjson.decode(body)
    if type(answer) ~= "table" or type(answer.epoch) ~= "string" or not is_sequence(answer.sequence) then
        return nil, "the answer makes no sense"
    end
    local verdict = answer.verdict
    local known = verdict == "refused" or verdict == "unavailable"
                  or (verdict == "accepted" and text_or_nil(answer.consumer) ~= nil)
    local ttl = answer.ttl_ms
    if ttl == cjson.null then
        ttl = nil
    end
    if not known or (ttl ~= nil and type(ttl) ~= "number") then
        return nil, "the answer makes no sense"
    end
    return {
        verdict = verdict,
        epoch = answer.epoch,
        sequence = answer.sequence,
        identity = verdict == "accepted" and identity_of(answer.consumer, text_or_nil(answer.credential)) or nil,
        seconds = ttl and ttl / 1000 or huge,
    }
end

-- How a runner that is set to answer 401 says that it does not know yet.
local function is_momentary_refusal(answer)
    return answer.verdict == "refused" and answer.seconds <= 0
end

-- Keeps an answer if the events that were heard leave it standing (docs/reference/companion-protocol.md), else not.
local function learn(digest, answer, question)
    local same_epoch = answer.epoch == stream.epoch
    -- To compare numbers is better than to compare times, where it can be done.
    local outdated
    if same_epoch then
        outdated = answer.sequence < stream.sequence
    else
        outdated = question.moment < all_forgotten_at
    end
    if not stream.live and not (same_epoch and answer.sequence <= stream.sequence) then
        catch_up(answer.epoch, answer.sequence)
    end
    -- A runner that knows nothing yet says no verdict for the one before it.
    if answer.verdict == "unavailable" or is_momentary_refusal(answer) then
        return
    end
    local current = same_epoch and not outdated and stream.live
    if answer.verdict == "refused" then
        verdicts.forget(digest)
        if current and answer.seconds >= REFUSAL_SECONDS then
            refusals.put(digest, question.started)
        end
        return
    end
    -- While another runner's events are heard, this one is about to go: what those told of it does not know.
    if outdated or (stream.live and not same_epoch) then
        return
    end
    if question.started > now() then
        -- The clock was set back: see check_clock.
        return
    end
    if answer.seconds <= 0 then
        verdicts.forget(digest)
        return
    end
    -- Of the same epoch, all events heard so far are in the answer; of another one, only those from before the question.
    verdicts.put(digest, answer.identity, question.started, question.started + answer.seconds,
                 same_epoch and moment or question.moment, current and stream.id or 0)
end

local known_line, unknown_line

local function ask_in_turn(key, question, known)
    local line = known and known_line or unknown_line
    -- A full line is no sign that the runner is away.
    if not enter(line, question) then
        complain("error", "too many questions at once")
        return nil
    end
    if question.covered and away_until > now() then
        -- So it was found while we waited.
        leave(line, question)
        return nil
    end
    -- The wait for a turn is not part of the answer's age.
    question.started = now()
    question.moment = moment
    local done, answer, err = pcall(ask_runner, key, question.seconds)
    leave(line, question)
    if not done then
        answer, err = nil, tostring(answer)
    end
    if answer then
        heard()
    else
        complain("error", "the runner could not be asked", err)
        away_until = now() + ASK_SECONDS
    end
    return answer
end

-- Asks for a key, or waits for the answer to somebody who does already. Returns the answer, or nil if there was none in time.
--   known     the key was good lately
--   in_grace  the request can do without an answer
--   covered   nor is it the one that finds out whether the runner is back
local function ask(key, digest, known, in_grace, covered)
    local time = now()
    local question = questions[digest]
    -- Not if an event came since: the answer may be from before it, and this request is from after.
    if question and question.moment == moment and time >= question.started and time - question.started < ASK_SECONDS then
        question.waiting = question.waiting + 1
        question.answered = question.answered or semaphore.new(0)
        question.answered:wait(ASK_SECONDS)
        return question.answer
    end
    question = {
        digest = digest,
        started = time,
        moment = moment,
        waiting = 0,
        covered = covered,
        seconds = in_grace and ASK_SECONDS_IN_GRACE or ASK_SECONDS,
    }
    questions[digest] = question
    local answer = ask_in_turn(key, question, known)
    if questions[digest] == question then
        questions[digest] = nil
    end
    if answer then
        learn(digest, answer, question)
        question.answer = answer
    end
    if question.waiting > 0 then
        question.answered:post(question.waiting)
    end
    return answer
end


-- Decisions

local function is_reference(key)
    if byte(key) ~= 36 then -- $
        return false
    end
    local start = lower(sub(key, 1, 10))
    return start == "$secret://" or find(start, "$env://", 1, true) == 1
end

-- Returns the identity whose key it is; or nil, and the message of a 503, or false for a key that is refused.
local function identify(key, digest, conf)
    local time = now()
    local part, row = verdicts.find(digest, time)
    local known = part ~= nil
    local probe = false
    local in_grace = false
    if known then
        local identity = part.identity[row]
        local age = time - part.asked[row]
        -- If the clock was set back, nobody knows how old it is.
        if age >= 0 then
            if age < conf.verdict_ttl and stream.live and part.stream[row] == stream.id then
                return identity, nil, true
            end
            in_grace = conf.grace > 0 and age < conf.verdict_ttl + conf.grace
        end
        if away_until > time and in_grace then
            return identity
        end
        if away_until > 0 and in_grace then
            -- This one finds out whether it is back; the others need not wait.
            probe = true
            away_until = time + ASK_SECONDS
        end
    elseif stream.live and refusals.has(digest, time, min(REFUSAL_SECONDS, conf.verdict_ttl)) then
        return nil, false
    end

    local answer = ask(key, digest, known, in_grace, in_grace and not probe)
    if answer and answer.verdict == "accepted" then
        return answer.identity
    end
    local refused = answer and answer.verdict == "refused"
    if in_grace and not (refused and not is_momentary_refusal(answer)) then
        -- While we waited an event may have told to forget it.
        part, row = verdicts.find(digest, now())
        if part then
            return part.identity[row]
        end
    end
    if refused then
        return nil, false
    end
    return nil, answer and UNRESOLVED or UNREACHABLE
end

-- Returns the consumer and its configuration; or nil, nil, the message of native key-auth, and that of a 503 if it is one.
local function find_consumer(conf, ctx)
    local from_header = true
    local key = core.request.header(ctx, conf.header)
    if not key then
        local args = core.request.get_uri_args(ctx) or {}
        key = args[conf.query]
        from_header = false
    end
    if not key then
        return nil, nil, MISSING
    end

    local consumer, unavailable
    local reason = "invalid api key"
    local consumer_conf = consumer_mod.plugin(key_plugin)
    if not consumer_conf then
        reason = "Missing related consumer"
    elseif type(key) == "string" and key ~= "" and #key <= LONGEST_KEY and not is_reference(key) then
        local digest = digest_of(key)
        local identity, at_once
        identity, unavailable, at_once = identify(key, digest, conf)
        if unavailable then
            return nil, nil, unavailable, true
        end
        if not at_once then
            -- APISIX may have got another list while the runner was asked.
            consumer_conf = consumer_mod.plugin(key_plugin)
        end
        consumer = identity and consumer_conf and node_of(identity, consumer_conf)
        if identity and not consumer then
            -- APISIX knows it no longer, or not yet.
            verdicts.forget(digest)
        end
    end
    if not consumer then
        local err = "failed to find consumer: " .. reason
        if auth_utils.is_running_under_multi_auth(ctx) then
            return nil, nil, err
        end
        complain("warn", err)
        return nil, nil, INVALID
    end

    if conf.hide_credentials then
        if from_header then
            core.request.set_header(ctx, conf.header, nil)
        else
            local args = core.request.get_uri_args(ctx)
            args[conf.query] = nil
            core.request.set_uri_args(ctx, args)
        end
    end
    return consumer, consumer_conf
end

-- A request may carry the key in both places.
local function hide_both(conf, ctx)
    if core.request.header(ctx, conf.header) then
        core.request.set_header(ctx, conf.header, nil)
    end
    local args = core.request.get_uri_args(ctx) or {}
    if args[conf.query] then
        args[conf.query] = nil
        core.request.set_uri_args(ctx, args)
    end
end

-- All spellings of the headers that attach_consumer sets but its own: many servers take X_Consumer_Username for X-Consumer-Username,
-- while APISIX takes them for two.
local look_alikes = {}
for _, words in ipairs({
    { "X", "Consumer", "Username" },
    { "X", "Credential", "Identifier" },
    { "X", "Consumer", "Custom", "ID" },
}) do
    local dashes = #words - 1
    for mask = 1, 2 ^ dashes - 1 do
        local spelling = words[1]
        for i = 1, dashes do
            spelling = spelling .. (band(rshift(mask, i - 1), 1) == 1 and "_" or "-") .. words[i + 1]
        end
        look_alikes[#look_alikes + 1] = spelling
    end
end

-- Nginx's variables mean all spellings of a name, and any number of headers: APISIX's table ends after 100 of them.
local function remove_look_alikes(ctx)
    if var.http_x_consumer_username or var.http_x_credential_identifier or var.http_x_consumer_custom_id then
        for _, name in ipairs(look_alikes) do
            core.request.set_header(ctx, name, nil)
        end
    end
end

local function demand_key(conf)
    core.response.set_header("WWW-Authenticate", "apikey realm=\"" .. conf.realm .. "\"")
end

local function prepare(conf)
    if not known_line then
        known_line, unknown_line = new_line(), new_line()
    end
    if conf.max_verdicts > verdicts.most then
        verdicts.grow(conf.max_verdicts)
    end
    if not stream.following and not stream.ended then
        follow_after(0)
    end
end


function _M.rewrite(conf, ctx)
    prepare(conf)
    local consumer, consumer_conf, err, unavailable = find_consumer(conf, ctx)
    if unavailable then
        -- Another plugin may still accept the request.
        if not auth_utils.is_running_under_multi_auth(ctx) then
            core.response.set_header("Retry-After", "1")
        end
        return 503, { message = err }
    end
    if not consumer then
        if not conf.anonymous_consumer then
            demand_key(conf)
            return 401, { message = err }
        end
        if conf.hide_credentials then
            hide_both(conf, ctx)
        end
        consumer, consumer_conf, err = consumer_mod.get_anonymous_consumer(conf.anonymous_consumer)
        if not consumer then
            demand_key(conf)
            if auth_utils.is_running_under_multi_auth(ctx) then
                return 401, err
            end
            complain("error", "failed to authenticate the request, code: 401. error: " .. err)
            return 401, { message = "Invalid user authorization" }
        end
    end
    remove_look_alikes(ctx)
    consumer_mod.attach_consumer(ctx, consumer, consumer_conf)
end


-- APISIX loads its plugins anew when told to; what is remembered here is then gone.
function _M.destroy()
    stream.ended = true
    stream.live = false
end


return _M
