--- Log lines of the plugins: at most one of a kind in ten seconds.
--
-- Every module that reports a problem uses it.

local core = require("apisix.core")

local now = ngx.now
local timer_at = ngx.timer.at

local SECONDS = 10

local _M = {}

-- By kind: when the last line was written, and how many were left out since.
local written = {}

local function write(_, level, kind, detail, omitted)
    core.log[level]("secret-providers: ", kind, detail and ": " or "", detail or "",
                    omitted > 0 and " (" .. omitted .. " more such before)" or "")
end

--- Writes a log line, unless one of its kind was written in the last ten seconds.
--
-- Kind and detail must not contain a credential or anything derived from one.
-- @tparam string level `error` or `warn`
-- @tparam string kind the fixed part of the line
-- @tparam ?string detail the part that varies
function _M.write(level, kind, detail)
    local last = written[kind]
    local time = now()
    if last and time >= last.at and time - last.at < SECONDS then
        last.omitted = last.omitted + 1
        return
    end
    local omitted = last and last.omitted or 0
    written[kind] = { at = time, omitted = 0 }
    -- A timer writes the line. During a request nginx would add the request's first line, and its
    -- query may contain a credential.
    timer_at(0, write, level, kind, detail, omitted)
end

return _M
