--- Identities of credentials, and APISIX's consumers by identity.
--
-- `runner` and `events` build identities from what the runner sends; the plugin looks consumers up.

local ipairs = ipairs

local _M = {}

--- Returns the identity of a credential as one string.
--
-- Identities are unique because a consumer's name contains no slash.
-- @tparam string consumer the consumer's name
-- @tparam ?string credential the credential's id; nil for a key in the consumer itself
-- @treturn string
local function identity_of(consumer, credential)
    return credential and consumer .. "/" .. credential or consumer
end
_M.identity_of = identity_of

local nodes_by_identity
-- The list of APISIX that the index above was built from.
local indexed

--- Returns APISIX's consumer with an identity, or nil.
--
-- The index is rebuilt when APISIX has a new list.
-- @tparam string identity
-- @tparam table consumer_conf what apisix.consumer returns for a plugin
-- @treturn ?table
function _M.find(identity, consumer_conf)
    if consumer_conf ~= indexed then
        local index = {}
        for _, node in ipairs(consumer_conf.nodes) do
            index[identity_of(node.consumer_name, node.credential_id)] = node
        end
        nodes_by_identity, indexed = index, consumer_conf
    end
    return nodes_by_identity[identity]
end

return _M
