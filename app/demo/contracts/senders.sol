// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

interface IToken {
    function transfer(address to, uint256 value) external returns (bool);
}

/// Emits the Transfer event of a token that it is not (attack E04).
contract EventSpoofer {
    event Transfer(address indexed from, address indexed to, uint256 value);

    function spoof(address from, address to, uint256 value) external {
        emit Transfer(from, to, value);
    }
}

/// Has the signature of transfer and does nothing, or swallows the failure of a nested transfer (attack E05).
contract CalldataDecoy {
    function transfer(address, uint256) external pure returns (bool) {
        return true;
    }

    function nestedTransfer(IToken token, address to, uint256 value) external {
        try token.transfer(to, value) returns (bool) {} catch {}
    }
}

/// Sends several transfers in one transaction (case E22).
contract BatchSender {
    function send(IToken token, address[] calldata to, uint256[] calldata values) external {
        for (uint256 index = 0; index < to.length; index++) {
            require(token.transfer(to[index], values[index]), "refused");
        }
    }
}

/// Pays native coin from inside a contract (case E08), or lets the payment fail and swallows that (attack E06).
contract Forwarder {
    function forward(address payable to) external payable {
        (bool sent, ) = to.call{value: msg.value}("");
        require(sent, "refused");
    }

    function payAndRevert(address payable to) external payable {
        (bool sent, ) = to.call{value: msg.value}("");
        require(sent, "refused");
        revert("taken back");
    }

    function swallow(Forwarder other, address payable to) external payable {
        try other.payAndRevert{value: msg.value}(to) {} catch {}
    }
}
