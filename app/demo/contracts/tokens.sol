// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// A plain ERC-20 (EIP-20) that returns bool and reverts when the balance is short.
contract PlainToken {
    string public name;
    string public symbol;
    uint8 public immutable decimals;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    constructor(string memory name_, string memory symbol_, uint8 decimals_, uint256 supply) {
        name = name_;
        symbol = symbol_;
        decimals = decimals_;
        totalSupply = supply;
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    function transfer(address to, uint256 value) external virtual returns (bool) {
        require(balanceOf[msg.sender] >= value, "balance too low");
        _move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external virtual returns (bool) {
        require(balanceOf[from] >= value && allowance[from][msg.sender] >= value, "not allowed");
        allowance[from][msg.sender] -= value;
        _move(from, to, value);
        return true;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function _move(address from, address to, uint256 value) internal {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

/// Answers false in place of reverting when the balance is short: the receipt says success (attack E01).
contract SilentFalseToken is PlainToken {
    constructor(string memory n, string memory s, uint8 d, uint256 supply) PlainToken(n, s, d, supply) {}

    function transfer(address to, uint256 value) external override returns (bool) {
        if (balanceOf[msg.sender] < value) return false;
        _move(msg.sender, to, value);
        return true;
    }
}

/// Logs a Transfer even when nothing moves: a listed token that lies in its events (attack E01 by its log).
contract LyingToken is PlainToken {
    constructor(string memory n, string memory s, uint8 d, uint256 supply) PlainToken(n, s, d, supply) {}

    function transfer(address to, uint256 value) external override returns (bool) {
        if (balanceOf[msg.sender] < value) {
            emit Transfer(msg.sender, to, value);
            return true;
        }
        _move(msg.sender, to, value);
        return true;
    }
}

/// Keeps 3 % of what is sent, and logs the whole amount (attack E18).
contract FeeToken is PlainToken {
    constructor(string memory n, string memory s, uint8 d, uint256 supply) PlainToken(n, s, d, supply) {}

    function transfer(address to, uint256 value) external override returns (bool) {
        require(balanceOf[msg.sender] >= value, "balance too low");
        balanceOf[msg.sender] -= value;
        balanceOf[to] += value - (value * 3) / 100;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}

/// An ERC-721 (EIP-721): its Transfer has the topic0 of ERC-20, and the token id as a fourth topic (attack E21).
contract PlainCollectible {
    string public name = "Collectible";
    string public symbol = "CLCT";
    uint8 public constant decimals = 0;
    mapping(uint256 => address) public ownerOf;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 indexed tokenId);

    function mint(address to, uint256 tokenId) external {
        require(ownerOf[tokenId] == address(0), "minted");
        ownerOf[tokenId] = to;
        balanceOf[to] += 1;
        emit Transfer(address(0), to, tokenId);
    }
}
